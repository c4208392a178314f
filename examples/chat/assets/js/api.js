// The server's actions over HTTP.

/** What the server said instead of a result. */
export class Refused extends Error {
  constructor(status, { message, type, key } = {}) {
    super(message || `The server answered ${status}.`);
    this.status = status;
    this.type = type;
    this.key = key;
  }

  /** Whether there is no session, or no longer. */
  get signedOut() { return this.type === "CONNECTION_SESSION_NOT_FOUND"; }
}

/** Runs an action and returns its result. A body is sent as JSON, or as the form that it is. */
export async function request(method, path, body) {
  const options = { method, headers: {} };
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
  } catch {
    throw new Refused(response?.status ?? 0, { message: "The server cannot be reached. Try again in a moment." });
  }
  if (!response.ok) throw new Refused(response.status, content.error);
  return content;
}

let token;

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
