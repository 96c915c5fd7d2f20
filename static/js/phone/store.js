/* What lies on this device: IndexedDB, and every word and picture in it encrypted.

   people    one row per person who worked here: {user, device, keys, current, year, block, nextRecord, nextSeq}.
             keys: key id → CryptoKey that no script can read out; gone while he is signed out. The counters stay.
   things    visits, operations, photos, drafts and receipts: {id, user, kind, open, sealed}. open is 1 while it is not yet
             with the server. An operation has its seq in the clear once it was tried.
   pictures  the bytes of the photos, apart, so that a list reads none of them: {id (of the photo), user, sealed}

   Written is what a transaction has committed, to the disk where the browser tells the difference.             */
const NAME = "shuangjian-phone";
const VERSION = 1;
const STRICT = { durability: "strict" };
let database = null;

function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function committed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error || new Error("the device took nothing"));
  });
}

export async function open() {
  if (database) return;
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("people", { keyPath: "user" });
    request.result.createObjectStore("things", { keyPath: "id", autoIncrement: true }).createIndex("user", "user");
    request.result.createObjectStore("pictures", { keyPath: "id" }).createIndex("user", "user");
  };
  database = await answered(request);
  database.onversionchange = () => database.close();
}

/* One transaction over the stores; act(stores) makes its requests at once, without waiting for anything else. */
async function write(names, act) {
  const transaction = database.transaction(names, "readwrite", STRICT);
  const done = committed(transaction);
  const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
  const result = act(stores);
  await done;
  return result;
}

function read(name) {
  return database.transaction(name).objectStore(name);
}

// --- People -----------------------------------------------------------------------------------------------------
export function people() {
  return answered(read("people").getAll());
}

/* Change the row of a person, as it stands, in one transaction; returns it as changed. */
export async function changePerson(user, change) {
  let row;
  await write(["people"], ({ people: store }) => {
    store.get(user).onsuccess = (event) => {
      row = event.target.result || { user, device: uuid(), keys: {}, current: "", nextSeq: 1, nextRecord: 1 };
      change(row);
      store.put(row);
    };
  });
  return row;
}

export async function setKey(user, id, base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  return changePerson(user, (row) => {
    row.keys[id] = key;
    row.current = id;
  });
}

export function hasKey(row) {
  return Boolean(row && row.current && row.keys[row.current]);
}

/* The person left: his keys go, the downloaded visits, and all that is with the server. What is not sent stays, sealed;
   so do words that he has not finished. */
export function leave(user) {
  return write(["people", "things", "pictures"], ({ people: rows, things, pictures }) => {
    rows.get(user).onsuccess = (event) => {
      const row = event.target.result;
      if (row) rows.put({ ...row, keys: {}, current: "" });
    };
    things.index("user").openCursor(user).onsuccess = (event) => {
      const cursor = event.target.result;
      if (!cursor) return;
      if (!cursor.value.open && cursor.value.kind !== "draft") {
        pictures.delete(cursor.primaryKey);
        cursor.delete();
      }
      cursor.continue();
    };
  });
}

/* How many things of the person wait for the server; needs no key. */
export async function countOpen(user) {
  const rows = await answered(read("things").index("user").getAll(user));
  return rows.filter((row) => row.open).length;
}

function uuid() { // crypto.randomUUID is younger than the oldest browser served
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// --- Sealing ----------------------------------------------------------------------------------------------------
async function seal(person, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, person.keys[person.current], bytes);
  return { key: person.current, iv, data };
}

/* Fails where the key is not on the device. */
function unseal(person, sealed) {
  return crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv }, person.keys[sealed.key], sealed.data);
}

function sealWords(person, value) {
  return seal(person, new TextEncoder().encode(JSON.stringify(value)));
}

// --- Things -----------------------------------------------------------------------------------------------------
/* All things of the person, opened: [{id, kind, open, seq, value}], oldest first, and how many cannot be opened. */
export async function things(person) {
  const rows = await answered(read("things").index("user").getAll(person.user));
  const opened = [];
  let closed = 0;
  for (const row of rows) {
    try {
      const value = JSON.parse(new TextDecoder().decode(await unseal(person, row.sealed)));
      opened.push({ id: row.id, kind: row.kind, open: row.open, seq: row.seq, value });
    } catch (_) {
      closed += 1; // sealed with a key that the server no longer gives: kept, and said
    }
  }
  return { opened, closed };
}

async function sealedRow(person, thing) {
  const row = { user: person.user, kind: thing.kind, open: thing.open, sealed: await sealWords(person, thing.value) };
  if (thing.id !== undefined) row.id = thing.id;
  if (thing.seq !== undefined) row.seq = thing.seq;
  return row;
}

/* Write things (those without an id are new), drop others, together or not at all. New ones get their id. */
export async function put(person, changed, dropped = []) {
  const rows = await Promise.all(changed.map((thing) => sealedRow(person, thing)));
  await write(["things", "pictures"], ({ things: store, pictures }) => {
    rows.forEach((row, index) => {
      store.put(row).onsuccess = (event) => { changed[index].id = event.target.result; };
    });
    dropped.forEach((thing) => {
      store.delete(thing.id);
      pictures.delete(thing.id);
    });
  });
}

/* A photo with its bytes, in one transaction. */
export async function putPhoto(person, thing, bytes) {
  const row = await sealedRow(person, thing);
  const sealed = await seal(person, bytes);
  await write(["things", "pictures"], ({ things: store, pictures }) => {
    store.put(row).onsuccess = (event) => {
      thing.id = event.target.result;
      pictures.put({ id: thing.id, user: person.user, sealed });
    };
  });
}

export async function bytesOf(person, photo) {
  return unseal(person, (await answered(read("pictures").get(photo.id))).sealed);
}

/* Give the next numbers to operations that have none, in their order: from now on they are as they are. */
export async function number(person, operations) {
  const fresh = operations.filter((one) => one.seq === undefined);
  if (!fresh.length) return;
  const rows = await Promise.all(fresh.map((one) => sealedRow(person, one)));
  await write(["people", "things"], ({ people: store, things: all }) => {
    store.get(person.user).onsuccess = (event) => {
      const row = event.target.result;
      fresh.forEach((one, index) => {
        one.seq = row.nextSeq;
        row.nextSeq += 1;
        all.put({ ...rows[index], seq: one.seq });
      });
      store.put(row);
    };
  });
}
