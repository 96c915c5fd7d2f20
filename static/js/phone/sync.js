/* Brings to the portal what lies on the device: words first, then photos in pieces, and again until all has arrived.

   It tries when something was written, on opening, on `online`, when the page is looked at again, every minute, and by
   button; after a failure after 2, 4, 8 … 60 seconds. Nothing leaves the device before the server has said that it has
   it.                                                                                                                */
import * as server from "./server.js";

const PIECE = 24 * 1024; // bytes: where the line breaks, a browser sends the whole piece anew, unasked
const MOST_OPERATIONS = 100;
const MINUTE = 60000;
const REST = 2000; // between two taps, between two words
const GONE = [404, 410];
const ASK_AGAIN = [...GONE, 409, 423, 460]; // the server and this device disagree on how far it got
const LINE_PATIENCE = 180000; // for one piece

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

export class Sync extends EventTarget {
  constructor(work) {
    super();
    this.work = work;
    this.state = { busy: false, failures: 0, problem: "", signedOut: false, last: 0, sending: null, listed: null };
    this.timer = 0;
  }

  begin() {
    window.addEventListener("online", () => this.now());
    window.addEventListener("offline", () => this.tell({}));
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.now(); });
    setInterval(() => { if (!this.state.failures && this.work.isReady) this.now(); }, MINUTE);
    return this.now();
  }

  /* A step was written: bring it up when the fingers rest. */
  soon() {
    if (this.state.failures || !this.work.isReady) return; // the next try is set, or there is nothing to bring
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), REST);
  }

  tell(change) {
    Object.assign(this.state, change);
    this.dispatchEvent(new Event("change"));
  }

  /* One round, unless one is under way or there is no line; resolves when it is over, however it went. */
  async now() {
    if (this.state.busy) return;
    if (!navigator.onLine) {
      this.tell({});
      return;
    }
    clearTimeout(this.timer);
    this.tell({ busy: true });
    try {
      await this.round();
      this.tell({ busy: false, failures: 0, problem: "", signedOut: false, last: Date.now() });
      this.soon(); // what was written meanwhile
    } catch (error) {
      const known = error instanceof server.Unreached || error instanceof server.SignedOut
        || error instanceof server.Refused;
      this.tell({
        busy: false, sending: null, failures: this.state.failures + 1,
        signedOut: error instanceof server.SignedOut,
        problem: error instanceof server.Refused ? error.message : "",
      });
      if (!known) throw error; // a mistake of ours shall be seen
      this.timer = setTimeout(() => this.now(), Math.min(2 ** this.state.failures * 1000, MINUTE));
    }
  }

  async round() {
    const { who } = await server.session();
    if (who !== this.work.person.user) {
      this.dispatchEvent(new Event("other-person"));
      throw new server.SignedOut("another person");
    }
    await this.sendWords();
    await this.sendPhotos();
    await this.compare();
  }

  /* What the portal now says: colleagues' findings and what was refused come onto the device, what is over leaves it. */
  async compare() {
    const { visits } = await server.get("/sync/visits/");
    for (const { no, etag } of visits) {
      const here = this.work.visits.get(no);
      const isMissed = here ? here.value.package.etag !== etag : this.work.numbers.has(no);
      if (isMissed) await this.work.keep(await server.get(`/sync/visits/${no}/`));
    }
    await this.work.finish(visits.map((one) => one.no));
    this.tell({ listed: visits });
  }

  async sendWords() {
    const { work } = this;
    for (;;) {
      const operations = await work.next(MOST_OPERATIONS);
      if (!operations.length) return;
      const { device } = work.person;
      const said = await server.post("/sync/operations/", { device, client_now: new Date().toISOString(), operations });
      await work.settle(said.results);
      const answered = said.results.map((one) => one.seq);
      if (!operations.every((one) => answered.includes(one.seq))) throw new server.Unreached("not all were answered");
    }
  }

  async sendPhotos() {
    const { work } = this;
    for (const photo of work.photos.filter((one) => one.open && one.value.released && !one.value.refused)) {
      try {
        await this.sendPhoto(photo);
      } catch (error) {
        if (!(error instanceof server.Refused)) throw error;
        await work.notePhoto(photo, { refused: error.message }); // kept, listed, in the export; the others go on
      }
    }
    this.tell({ sending: null });
  }

  async sendPhoto(photo) {
    const bytes = await this.work.bytesOf(photo);
    for (let attempt = 0; ; attempt += 1) {
      try {
        let offset = await this.place(photo, bytes);
        do { // a file that is all there and not yet looked at is finished by a request without bytes
          this.tell({ sending: { id: photo.id, offset, length: bytes.byteLength } });
          const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) };
          const piece = bytes.slice(offset, offset + PIECE);
          const response = await server.tus(photo.value.address, "PATCH", headers, piece, LINE_PATIENCE);
          offset = Number(response.headers.get("Upload-Offset"));
        } while (offset < bytes.byteLength);
        await this.work.notePhoto(photo, { arrived: Date.now() }, 0);
        return;
      } catch (error) {
        if (!(error instanceof server.Refused) || !ASK_AGAIN.includes(error.status) || attempt > 2) throw error;
        if (GONE.includes(error.status)) photo.value.address = "";
        await new Promise((resolve) => { setTimeout(resolve, REST); }); // the request before may still hold the file
      }
    }
  }

  /* How many bytes of the photo the server has; begins the upload where there is none. */
  async place(photo, bytes) {
    const { value } = photo;
    if (!value.address) {
      const about = {
        filename: value.name, sha256: value.sha256, purpose: "visit-photo", target: `${value.visit}/${value.item}`,
        taken_at: value.taken_at, blurred: value.blurred ? "1" : "",
      };
      const headers = {
        "Upload-Length": String(bytes.byteLength),
        "Upload-Metadata": Object.entries(about).map(([name, words]) => `${name} ${base64(words)}`.trim()).join(","),
      };
      const made = await server.tus("/uploads/", "POST", headers);
      await this.work.notePhoto(photo, { address: new URL(made.headers.get("Location"), location.href).pathname });
      return 0; // if some of it is there after all, the first piece is refused, and we ask
    }
    const told = await server.get(photo.value.address);
    return told.stored ? bytes.byteLength : told.offset;
  }
}
