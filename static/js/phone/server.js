/* Talking with the portal: who is signed in, JSON there and back, and what kind of no an answer is. */
const PATIENCE = 30000;

export class Unreached extends Error {} // no line, no server, no sense in the answer: keep and try again
export class SignedOut extends Error {} // the sign-in is over: keep, and go on after the next
export class Refused extends Error { // the server has read it and says no, in words
  constructor(words, status) {
    super(words);
    this.status = status;
  }
}

let token = "";

async function ask(address, options = {}) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), options.patience || PATIENCE);
  let response;
  try {
    response = await fetch(address, {
      credentials: "same-origin", redirect: "manual", cache: "no-store", referrerPolicy: "no-referrer", signal: abort.signal,
      ...options,
      headers: { Accept: "application/json", ...(options.method ? { "X-CSRFToken": token } : {}), ...options.headers },
    });
  } catch (_) {
    throw new Unreached(address);
  } finally {
    clearTimeout(timer);
  }
  if (response.type === "opaqueredirect" || response.status === 401) throw new SignedOut(address);
  if (response.status >= 500) throw new Unreached(`${address} ${response.status}`);
  return response;
}

/* The words of a no. An answer that is no JSON was written for people by another page: its own words are of no use. */
async function refusal(response) {
  let said = {};
  try { said = await response.json(); } catch (_) { /* a page */ }
  const words = response.status === 403 ? "这个账号不做现场督导" : `平台没有接收（${response.status}），请把情况告诉督导室`;
  return new Refused(said.error || words, response.status);
}

async function json(address, options) {
  const response = await ask(address, options);
  if (!response.ok) throw await refusal(response);
  try {
    return await response.json();
  } catch (_) {
    throw new Unreached(address); // a portal of the network's own, a page half sent
  }
}

export function get(address) {
  return json(address);
}

export function post(address, body) {
  const headers = { "Content-Type": "application/json" };
  return json(address, { method: "POST", headers, body: JSON.stringify(body) });
}

/* One request of the upload protocol; returns the response, and throws what is no success. */
export async function tus(address, method, headers = {}, body = null, patience = PATIENCE) {
  const options = { method, body, patience, headers: { "Tus-Resumable": "1.0.0", ...headers } };
  const response = await ask(address, options);
  if (!response.ok) throw await refusal(response);
  return response;
}

/* Who is signed in: {who, token}. Asking keeps no sign-in alive. */
export async function session() {
  const said = await json("/me/session/", { patience: 10000 });
  token = said.token;
  return said;
}

/* Leaves by the portal's own form, so that its answer is the page that comes. */
export function signOut() {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/logout/";
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = "csrfmiddlewaretoken";
  input.value = token;
  form.append(input);
  document.body.append(form);
  form.submit();
}
