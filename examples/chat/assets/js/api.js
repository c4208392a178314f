// The server's actions over HTTP.

/** What the server said instead of a result. */
export class Refused extends Error {
  constructor(status, { message, type, key, errors } = {}, retryAfter) {
    super(message || `The server answered ${status}.`);
    this.status = status;
    this.type = type;
    this.key = key;
    this.errors = errors ?? (key ? [{ key, message }] : []); // one for each parameter that is to blame
    this.retryAfter = retryAfter; // milliseconds, or undefined
  }

  /** Whether there is no session, or no longer. */
  get signedOut() { return this.type === "CONNECTION_SESSION_NOT_FOUND"; }

  /** Whether the server would have taken it at another time. */
  get busy() { return this.status === 429 || this.status === 503; }
}

let visit = new AbortController();
let token;

/** The signal that ends with the visit of a user: what they asked for is of no use to the next. */
export const visiting = () => visit.signal;

/** Ends the visit: requests and waits that belong to it are given up. */
export function endVisit() {
  visit.abort();
  visit = new AbortController();
  forgetToken();
}

/** Runs an action and returns its result. A body is sent as JSON, or as the form that it is. */
export async function request(method, path, body) {
  const options = { method, headers: {}, signal: visit.signal };
  if (body instanceof FormData) {
    options.body = body;
  } else if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response, content;
  try {
    response = await fetch("/api" + path, options);
    content = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    // A proxy in between may say in words of its own that the server is busy.
    const message = response?.status === 429 || response?.status === 503 ? "The server is busy. Try again in a moment."
      : "The server cannot be reached. Try again in a moment.";
    throw new Refused(response?.status ?? 0, { message }, pause(response));
  }
  if (!response.ok) throw new Refused(response.status, content.error, pause(response));
  return content;
}

// pause returns the milliseconds of a Retry-After, which has seconds or a date. A date
// is compared with the server's clock, which may differ from ours.
function pause(response) {
  const after = response?.headers.get("Retry-After")?.trim();
  if (!after) return undefined;
  if (/^\d+$/.test(after)) return Number(after) * 1000;
  const now = Date.parse(response.headers.get("Date") ?? "") || Date.now();
  const milliseconds = Date.parse(after) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

/** Runs an action that asks for the session's CSRF token. */
export async function guarded(method, path, body) {
  token ??= (await request("GET", "/csrf-token")).token;
  try {
    return await request(method, path, { ...body, csrfToken: token });
  } catch (error) {
    if (error.status !== 403) throw error;
  }
  // The token is as old as it may get, or another session's: ask once more.
  token = (await request("GET", "/csrf-token")).token;
  return request(method, path, { ...body, csrfToken: token });
}

/** Forgets the token, with the session that it belongs to. */
export function forgetToken() { token = undefined; }
