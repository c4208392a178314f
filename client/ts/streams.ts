/** A server-sent event. */
export class ServerEvent {
  constructor(readonly event: string, readonly data: string, readonly id: string) {}

  /** Returns the data as JSON. */
  json<T = unknown>(): T {
    return JSON.parse(this.data) as T;
  }
}

/** A stream of server-sent events. Leaving the loop, or cancel, ends it. It can be read once. */
export class EventStream implements AsyncIterable<ServerEvent> {
  #stream: Stream;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Ends a stream that is not read. */
  cancel(): void {
    this.#stream.cancel();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ServerEvent, void, undefined> {
    let event = "", data: string[] = [], id = "";
    for await (const line of linesOf(this.#stream.text(), /\r\n|\r|\n/)) {
      if (line === "") {
        if (data.length > 0) {
          const found = new ServerEvent(event || "message", data.join("\n"), id);
          const failed = found.event === "error" ? failureOf(found) : undefined;
          if (failed) throw failed;
          yield found;
        }
        event = "";
        data = [];
        continue;
      }
      const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (field === "event") event = value;
      else if (field === "data") data.push(value);
      else if (field === "id" && !value.includes("\0")) id = value;
    }
  }
}

/** Returns the failure of a stream that its last event tells. */
function failureOf(e: ServerEvent): KeryxError | undefined {
  try {
    return errorOf(e.json());
  } catch {
    return undefined; // an event of the app's own
  }
}

/**
 * A stream of bytes. It can be read once: as bytes, as text, or as lines of JSON. Leaving the
 * loop, or cancel, ends it. Bytes that are not text come over HTTP as they are, and over a
 * WebSocket as base64, each piece by itself.
 */
export class Stream implements AsyncIterable<Uint8Array> {
  #pieces: AsyncIterable<Uint8Array>;
  #cancel: () => void;

  constructor(pieces: AsyncIterable<Uint8Array>, cancel: () => void) {
    this.#pieces = pieces;
    this.#cancel = cancel;
  }

  /** Ends a stream that is not read. */
  cancel(): void {
    this.#cancel();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#pieces[Symbol.asyncIterator]();
  }

  /** Returns the pieces as text. */
  async *text(): AsyncGenerator<string, void, undefined> {
    const decoder = new TextDecoder();
    for await (const piece of this.#pieces) yield decoder.decode(piece, { stream: true });
    yield decoder.decode();
  }

  /** Returns the values of a stream with a line of JSON for each. */
  async *lines<T = unknown>(): AsyncGenerator<T, void, undefined> {
    for await (const line of linesOf(this.text(), /\n/)) {
      if (line.trim() !== "") yield JSON.parse(line) as T;
    }
  }
}

/** Returns the lines of a text that comes in pieces. */
async function* linesOf(pieces: AsyncIterable<string>, end: RegExp): AsyncGenerator<string, void, undefined> {
  let begun: string[] = []; // a line whose end is still to come
  let held = ""; // a "\r" that may be half of a line end
  for await (const piece of pieces) {
    let text = held + piece;
    held = text.endsWith("\r") ? "\r" : "";
    text = text.slice(0, text.length - held.length);
    const lines = text.split(end);
    const last = lines.pop() ?? "";
    for (const line of lines) {
      yield begun.join("") + line;
      begun = [];
    }
    if (last !== "") begun.push(last);
  }
  if (begun.length > 0 || held !== "") yield begun.join("");
}

/** Returns the body of a response as a stream. stop aborts its request. */
function streamOf(response: Response, stop: (reason?: unknown) => void, signal: AbortSignal): Stream {
  let cancelled = false;
  async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = response.body?.getReader();
    try {
      for (;;) {
        const next = await reader?.read().catch((cause: unknown) => {
          if (cancelled) return undefined;
          throw signal.aborted ? signal.reason : lostBy(cause);
        });
        if (!next || next.done) return;
        yield next.value;
      }
    } finally {
      stop();
    }
  }
  return new Stream(pieces(), () => {
    cancelled = true;
    stop();
  });
}
