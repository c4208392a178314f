/** How an action is called. */
interface Route {
  readonly http?: readonly [method: string, path: string];
  /** WebSockets reach it. */
  readonly socket?: true;
  readonly result: "value" | "none" | "events" | "stream" | "response";
  /** The headers and the cookies that inputs are sent in. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: Readonly<Record<string, string>>;
  /** The input that is the body, and its media type when it is not JSON. */
  readonly body?: string;
  readonly type?: string;
}

type Params = Readonly<Record<string, unknown>>;

/** Returns a parameter as text. */
function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isBlob(value: unknown): value is Blob {
  return typeof Blob !== "undefined" && value instanceof Blob;
}

/** Reports whether a file is among the parameters. */
function hasFile(params: Params): boolean {
  return Object.values(params).some((value) => isBlob(value) || (Array.isArray(value) && value.some(isBlob)));
}

/** Returns a value as a part of a path. */
function segmentsOf(name: string, value: unknown, many: boolean): string {
  const segments = value === undefined || value === null ? [""] : many ? textOf(value).split("/") : [textOf(value)];
  if (segments.some((segment) => (segment === "" && !many) || segment === "." || segment === "..")) {
    throw new KeryxError("CLIENT_BAD_CALL", `The parameter ${name} is a part of the URL: it must not be "", "." or ".."`, { key: name, value });
  }
  return segments.map(encodeURIComponent).join("/");
}

/** Calls add for each text of a parameter of a query or a form. */
function addTexts(params: Record<string, unknown>, add: (name: string, value: string | Blob) => void): void {
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) add(name, isBlob(one) ? one : textOf(one));
    }
  }
}

/** Returns the path, the headers and the body of the request that calls an action. */
function requestOf([method, pattern]: readonly [string, string], route: Route, params: Params, more: Record<string, string>): { path: string; headers: Headers; cookies: string[]; body?: BodyInit } {
  const rest: Record<string, unknown> = { ...params };
  const take = (name: string): unknown => {
    const value = Object.hasOwn(rest, name) ? rest[name] : undefined;
    delete rest[name];
    return value;
  };
  let path = pattern.replace(/\{([^{}]+?)(\.\.\.)?\}/g, (_, name: string, many: string | undefined) => segmentsOf(name, take(name), many !== undefined));
  const headers = new Headers({ Accept: "application/json, */*" });
  const cookies: string[] = [];
  const setHeader = (name: string, value: string, key?: string) => {
    try {
      headers.set(name, value);
    } catch (cause) {
      throw new KeryxError("CLIENT_BAD_CALL", `The header ${name} cannot have this value`, { ...(key !== undefined && { key }), value, cause });
    }
  };
  for (const [name, header] of Object.entries(route.headers ?? {})) {
    addTexts({ [name]: take(name) }, (_, text) => setHeader(header, String(text), name));
  }
  for (const [name, value] of Object.entries(more)) setHeader(name, value);
  for (const [name, cookie] of Object.entries(route.cookies ?? {})) addTexts({ [name]: take(name) }, (_, text) => cookies.push(`${cookie}=${String(text)}`));

  let body: BodyInit | undefined;
  const whole = route.body === undefined ? undefined : take(route.body);
  if (whole !== undefined && route.type !== undefined) {
    body = whole as BodyInit;
    headers.set("Content-Type", (isBlob(whole) && whole.type) || route.type);
  } else if (whole !== undefined) {
    body = JSON.stringify(whole);
    headers.set("Content-Type", "application/json");
  }
  if (method === "GET" || route.body !== undefined) {
    const query = new URLSearchParams();
    addTexts(rest, (name, text) => query.append(name, String(text)));
    const text = query.toString();
    if (text !== "") path += "?" + text;
  } else if (hasFile(rest)) {
    const form = new FormData();
    addTexts(rest, (name, value) => form.append(name, value));
    body = form;
  } else if (Object.values(rest).some((value) => value !== undefined)) {
    body = JSON.stringify(rest);
    headers.set("Content-Type", "application/json");
  }
  return { path, headers, cookies, ...(body !== undefined && { body }) };
}

/** Returns the seconds of a Retry-After. */
function retryAfterOf(response: Response): number | undefined {
  const text = response.headers.get("Retry-After");
  if (text === null) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/** Returns the error of a response that failed. */
async function failureIn(response: Response): Promise<KeryxError> {
  const retryAfter = retryAfterOf(response);
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    // not JSON
  }
  return errorOf(body, response.status, retryAfter) ??
    new KeryxError("CLIENT_BAD_RESPONSE", `The server answered ${response.status} ${response.statusText}`.trim(), { status: response.status, retryAfter });
}

/** Returns the JSON value of a response; undefined when there is none. */
async function valueIn(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KeryxError("CLIENT_BAD_RESPONSE", "The answer is not JSON", { status: response.status, cause });
  }
}

/** Cookies keeps the cookies of a server where fetch does not: outside of browsers. */
class Cookies {
  #values = new Map<string, string>();

  keep(response: Response): void {
    for (const line of response.headers.getSetCookie?.() ?? []) {
      const [, name = "", value = ""] = /^([^=;]*)=([^;]*)/.exec(line) ?? [];
      if (/;\s*max-age=(0|-\d+)\s*(;|$)/i.test(line)) this.#values.delete(name);
      else this.#values.set(name, value);
    }
  }

  header(more: readonly string[] = []): string {
    return [...Array.from(this.#values, ([name, value]) => `${name}=${value}`), ...more].join("; ");
  }
}

/** Returns a signal that aborts with another one, or after some milliseconds. */
function limited(signal: AbortSignal | undefined, timeout: number): { signal: AbortSignal; stop: (reason?: unknown) => void; clear: () => void } {
  const controller = new AbortController();
  const forward = () => controller.abort(signal?.reason);
  const timer = timeout > 0 ? setTimeout(() => controller.abort(timedOut(timeout)), timeout) : undefined;
  if (signal?.aborted) forward();
  signal?.addEventListener("abort", forward, { once: true });
  return {
    signal: controller.signal,
    clear: () => clearTimeout(timer),
    stop: (reason) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", forward);
      controller.abort(reason);
    },
  };
}

function timedOut(timeout: number): KeryxError {
  return new KeryxError("CLIENT_TIMEOUT", `There was no answer within ${timeout}ms`);
}
