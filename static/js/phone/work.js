/* One person's visits on this device: what the portal gave, what he did since, what has arrived.

   A screen sees a visit as the portal last told it with his own unsent steps laid over it. Each step is an operation
   (/sync/operations/): written here before anything moves on the screen, numbered when it is first sent, settled by
   the server's answer. Steps that were never tried may still change, so typing a sentence is one operation.      */
import * as store from "./store.js";

const DEFAULT_DUE_DAYS = 15;
const RECEIPTS_KEPT = 20;
const NOTHING_WRONG = { text: "", breaks_prohibition: false, at_once: false, due_days: null, methods: [] };
const LISTS = { visit: "visits", operation: "operations", photo: "photos", draft: "drafts", receipt: "receipts" };
const LEADS_TO = { start: "ongoing", end: "summing_up", reopen: "ongoing" };

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

export class Work extends EventTarget {
  constructor(person) {
    super();
    this.person = person;
    this.visits = new Map(); // number → thing
    this.operations = [];
    this.photos = [];
    this.drafts = []; // words that belong to no step yet, one thing a visit
    this.receipts = [];
    this.closed = 0; // things that no key on this device opens
    this.queue = Promise.resolve();
  }

  static async of(person) {
    const work = new Work(person);
    const { opened, closed } = await store.things(person);
    work.closed = closed;
    opened.forEach((thing) => work.take(thing));
    return work;
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /* One change after another: each sees what the one before has written. */
  inTurn(act) {
    const turn = this.queue.then(act);
    this.queue = turn.catch(() => {});
    return turn;
  }

  take(thing) {
    const list = this[LISTS[thing.kind]];
    if (thing.kind === "visit") this.visits.set(thing.value.package.visit.no, thing);
    else if (!list.includes(thing)) list.push(thing);
  }

  async put(changed, dropped = []) {
    await store.put(this.person, changed, dropped);
    changed.forEach((thing) => this.take(thing));
    for (const thing of dropped) {
      const list = this[LISTS[thing.kind]];
      if (thing.kind === "visit") this.visits.delete(thing.value.package.visit.no);
      else list.splice(list.indexOf(thing), 1);
    }
    this.changed();
  }

  // --- What screens see -------------------------------------------------------------------------------------------
  get waiting() {
    return [...this.operations, ...this.photos].filter((thing) => thing.open);
  }

  get numbers() { // of all visits that something here belongs to, whether the visit itself is here or not
    const things = [...this.operations, ...this.photos, ...this.drafts];
    return new Set([...this.visits.keys(), ...things.map((one) => one.value.visit)]);
  }

  get isReady() { // is there anything that may go up by itself?
    return this.waiting.some((one) => one.kind === "operation" || (one.value.released && !one.value.refused));
  }

  /* The visit as it stands on this device, or null. */
  see(no) {
    const thing = this.visits.get(no);
    if (!thing) return null;
    const told = thing.value.package;
    const seen = {
      confirmation: null, ...told.visit, told,
      items: told.items.map((item) => ({
        ...item, finding: { ...NOTHING_WRONG, ...item.finding },
        shots: this.photos.filter((photo) => photo.value.visit === no && photo.value.item === item.code),
      })),
    };
    for (const { value } of this.stepsOver(no)) this.lay(seen, value);
    for (const item of seen.items) {
      const here = item.shots.map((photo) => photo.value.sha256);
      item.elsewhere = item.photos.filter((photo) => !here.includes(photo.sha256)).length;
      item.isUndescribed = item.finding.value === "problem" && !item.finding.text.trim();
      item.isSeen = Boolean(item.finding.value) && !item.isUndescribed;
    }
    seen.seenCount = seen.items.filter((item) => item.isSeen).length;
    seen.unseenCount = seen.items.length - seen.seenCount;
    seen.problems = seen.items.filter((item) => item.finding.value === "problem" && !item.isUndescribed);
    seen.isDone = seen.state === "confirmed" || seen.signs_on_paper;
    return seen;
  }

  stepsOver(no) { // what the portal has not yet said of the visit, in order
    return this.operations.filter((one) => one.value.visit === no
      && (one.open || one.value.answer.status === "waiting"));
  }

  lay(seen, step) {
    if (step.kind === "finding") {
      const item = seen.items.find((one) => one.code === step.item);
      for (const [field, { new: value }] of Object.entries(step.fields)) item.finding[field] = value;
    }
    if (LEADS_TO[step.kind]) seen.state = LEADS_TO[step.kind];
    if (step.kind === "end") Object.assign(seen, { summary: step.summary, record_no: step.record_no });
    if (step.kind === "reopen") seen.signs_on_paper = false;
    if (step.kind === "confirm") {
      seen.confirmation = step;
      seen.signs_on_paper = step.mode === "paper";
      if (!seen.signs_on_paper) seen.state = "confirmed";
    }
  }

  // --- What the portal gave -----------------------------------------------------------------------------------------
  /* Keep a package, new or newer; his own unsent steps stay laid over it. */
  keep(told) {
    return this.inTurn(() => {
      const old = this.visits.get(told.visit.no);
      const thing = { kind: "visit", open: 0, value: { package: told } };
      if (old) thing.id = old.id;
      return this.put([thing]);
    });
  }

  of(no) {
    const mine = [...this.operations, ...this.photos, ...this.drafts].filter((thing) => thing.value.visit === no);
    return this.visits.has(no) ? [this.visits.get(no), ...mine] : mine;
  }

  // --- Steps --------------------------------------------------------------------------------------------------------
  operation(no, kind, content) {
    const visit = this.see(no);
    const value = { kind, visit: no, at: new Date().toISOString(), base: visit ? visit.version : null, ...content };
    return { kind: "operation", open: 1, value };
  }

  start(no) {
    return this.inTurn(() => this.put([this.operation(no, "start", {})]));
  }

  /* Change fields of one item's finding: {value: "problem"}. Resolves when the device has it. */
  find(no, code, change) {
    return this.inTurn(() => {
      const { items, told } = this.see(no);
      const item = items.find((one) => one.code === code);
      const { wanted, putBy } = this.completed(item, change, this.draftOf(no, code), told.due_choices);
      const aside = putBy ? [this.drafted(no, code, putBy)] : [];
      const fields = {};
      for (const [field, value] of Object.entries(wanted)) {
        if (!same(item.finding[field], value)) fields[field] = { old: item.finding[field], new: value };
      }
      if (!Object.keys(fields).length) return undefined;
      const earlier = this.untried(no, code);
      if (!earlier) {
        return this.put([this.operation(no, "finding", { item: code, base: item.finding.version, fields }), ...aside]);
      }
      const merged = { ...earlier.value.fields };
      for (const [field, { old, new: value }] of Object.entries(fields)) {
        merged[field] = { old: merged[field] ? merged[field].old : old, new: value };
        if (same(merged[field].old, merged[field].new)) delete merged[field]; // taken back
      }
      if (!Object.keys(merged).length) return this.put(aside, [earlier]);
      earlier.value = { ...earlier.value, at: new Date().toISOString(), fields: merged };
      return this.put([earlier, ...aside]);
    });
  }

  /* What a change brings with it: 有问题 has a date, a breach stops at once and has the short one; what is no problem
     has no words, which are put by in case the finger slipped. */
  completed(item, change, aside, choices) {
    const now = item.finding;
    if ("value" in change && change.value !== now.value) {
      if (change.value === "problem") return { wanted: { due_days: DEFAULT_DUE_DAYS, ...aside, value: "problem" } };
      if (now.value === "problem") {
        const putBy = Object.fromEntries(Object.keys(NOTHING_WRONG).map((field) => [field, now[field]]));
        return { wanted: { ...NOTHING_WRONG, value: change.value }, putBy };
      }
    }
    if (!change.breaks_prohibition) return { wanted: change };
    const { days } = item.prohibition;
    return { wanted: { ...change, at_once: true, due_days: choices.includes(days) ? days : now.due_days } };
  }

  /* His last step on the item, if it was never tried and the visit was not ended since. */
  untried(no, code) {
    const steps = this.operations.filter((one) => one.value.visit === no);
    const last = steps.filter((one) => one.value.kind === "finding" && one.value.item === code).pop();
    const ended = steps.slice(steps.indexOf(last)).some((one) => one.value.kind === "end");
    return last && last.open && last.seq === undefined && !ended ? last : null;
  }

  /* End the visit: its record gets a number of this device's own block, its photos may go. */
  end(no, summary) {
    return this.inTurn(async () => {
      let record_no = this.see(no).record_no;
      if (!record_no) record_no = await this.recordNumber();
      await this.put([...this.released(no), this.operation(no, "end", { summary, record_no })]);
    });
  }

  async recordNumber() { // a number that was given and not used is a gap, never a second record
    let given = "";
    this.person = await store.changePerson(this.person.user, (row) => {
      given = `现${row.year}-${row.block}-${String(row.nextRecord).padStart(4, "0")}`;
      row.nextRecord += 1;
    });
    return given;
  }

  reopen(no) {
    return this.inTurn(() => this.put([this.operation(no, "reopen", {})]));
  }

  confirm(no, content) {
    return this.inTurn(() => this.put([this.operation(no, "confirm", content)]));
  }

  /* Words that belong to no step yet (the opinion, who confirms): typed, so kept. */
  draft(no, name, words) {
    return this.inTurn(() => this.put([this.drafted(no, name, words)]));
  }

  drafted(no, name, words) {
    const thing = this.drafts.find((one) => one.value.visit === no)
      || { kind: "draft", open: 0, value: { visit: no, words: {} } };
    thing.value.words[name] = words;
    return thing;
  }

  draftOf(no, name) {
    const thing = this.drafts.find((one) => one.value.visit === no);
    return (thing && thing.value.words[name]) || "";
  }

  // --- Photos -------------------------------------------------------------------------------------------------------
  addPhoto(no, code, picture) {
    return this.inTurn(async () => {
      const value = { visit: no, item: code, at: new Date().toISOString(), released: false, ...picture.about };
      const photo = { kind: "photo", open: 1, value };
      await store.putPhoto(this.person, photo, picture.bytes);
      this.photos.push(photo);
      this.changed();
    });
  }

  /* Other bytes for a photo that has not been released: faces were blurred. */
  changePhoto(photo, picture) {
    return this.inTurn(async () => {
      const changed = { ...photo, value: { ...photo.value, ...picture.about } };
      await store.putPhoto(this.person, changed, picture.bytes);
      photo.value = changed.value;
      this.changed();
    });
  }

  dropPhoto(photo) {
    return this.inTurn(() => this.put([], [photo]));
  }

  bytesOf(photo) {
    return store.bytesOf(this.person, photo);
  }

  /* Let the photos go up that do not yet, of one visit or of all: from now on they are as they are. */
  released(no = null) {
    const photos = this.photos.filter((one) => one.open && !one.value.released && (!no || one.value.visit === no));
    photos.forEach((photo) => { photo.value.released = true; });
    return photos;
  }

  /* All that is not with the portal, numbered, for the backup: {operations, photos}. */
  unsent() {
    return this.inTurn(async () => {
      await this.put(this.released());
      return { operations: await this.numbered(), photos: this.photos.filter((photo) => photo.open) };
    });
  }

  /* By button: photos of visits that go on go up too, and refused ones are tried once more. */
  tryAll() {
    return this.inTurn(() => {
      const refused = this.photos.filter((one) => one.open && one.value.refused);
      refused.forEach((photo) => { photo.value.refused = ""; });
      return this.put([...new Set([...this.released(), ...refused])]);
    });
  }

  async numbered(most = Infinity) {
    const steps = this.operations.filter((one) => one.open).slice(0, most);
    await store.number(this.person, steps);
    return steps.map((one) => ({ seq: one.seq, ...one.value }));
  }

  /* The next operations as they are sent; from now on they are as they are. */
  next(most) {
    return this.inTurn(() => this.numbered(most));
  }

  // --- What has arrived ---------------------------------------------------------------------------------------------
  /* The server's answers to operations: [{seq, status, receipt, reason, version, fields}]. */
  settle(results) {
    return this.inTurn(() => {
      const changes = [];
      for (const result of results) {
        const step = this.operations.find((one) => one.seq === result.seq);
        if (!step || !step.open) continue;
        const { status, reason, version, fields } = result.status === "duplicate" ? result.first : result;
        step.open = 0;
        step.value = { ...step.value, answer: { status, reason: reason || "", receipt: result.receipt, at: Date.now() } };
        changes.push(step);
        const visit = this.visits.get(step.value.visit);
        if (visit && (status === "applied" || status === "conflict")) {
          this.fold(visit.value.package, step.value, version, fields || {});
          if (!changes.includes(visit)) changes.push(visit);
        }
      }
      return this.put(changes);
    });
  }

  /* The step has become part of what the portal says. */
  fold(told, step, version, fields) {
    if (step.kind === "finding") {
      const item = told.items.find((one) => one.code === step.item);
      for (const [field, { new: value }] of Object.entries(step.fields)) {
        item.finding[field] = field in fields ? fields[field].value : value;
      }
      item.finding.version = version;
      return;
    }
    this.lay(told.visit, step);
    if (version) told.visit.version = version;
  }

  notePhoto(photo, change, open = photo.open) {
    return this.inTurn(() => {
      photo.value = { ...photo.value, ...change };
      photo.open = open;
      return this.put([photo]);
    });
  }

  /* A visit that is over and has arrived whole leaves the device; how it went stays as one line. going: the numbers
     of those that go on. */
  finish(going) {
    return this.inTurn(async () => {
      for (const no of this.numbers) {
        const all = this.of(no);
        const visit = this.see(no);
        const isOver = !going.includes(no) || (visit && visit.isDone);
        if (!isOver || all.some((one) => one.open)) continue;
        const steps = all.filter((one) => one.kind === "operation");
        const value = {
          no, unit: visit ? visit.unit : no, at: Date.now(), words: steps.length,
          photos: all.filter((one) => one.kind === "photo").length,
          receipt: steps.map((one) => one.value.answer.receipt).pop(),
          refused: steps.filter((one) => one.value.answer.status === "refused").length,
          conflicts: steps.filter((one) => one.value.answer.status === "conflict").length,
        };
        const old = this.receipts.slice(0, Math.max(this.receipts.length - RECEIPTS_KEPT + 1, 0));
        await this.put(steps.length ? [{ kind: "receipt", open: 0, value }] : [], [...all, ...old]);
      }
    });
  }
}
