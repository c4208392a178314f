/** The part of WebSocket that is used. */
export interface WebSocketLike {
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

/** A class of WebSockets. Outside of browsers it gets the headers of the request as its last argument. */
export type WebSocketClass = new (url: string, options?: any) => WebSocketLike;

/** The state of the WebSocket: "idle" before it is needed, "waiting" between two attempts to open it. */
export type ConnectionState = "idle" | "connecting" | "open" | "waiting" | "closed";

interface Pending {
  message: Record<string, unknown>;
  sent: boolean;
  repeats: number; // how often it may be sent again
  settle(reply: Reply | KeryxError): void;
}

/** A message of the server. */
interface Reply {
  messageId?: number;
  response?: unknown;
  error?: unknown;
  streaming?: boolean;
  chunk?: string;
  message?: Broadcast;
  subscribed?: { channel: string; position?: string; recovered?: boolean };
  unsubscribed?: { channel: string };
}

interface Broadcast {
  channel: string;
  message: unknown;
  sender: string;
  position?: string;
}

interface SocketOptions {
  url: () => string;
  headers: () => Promise<Record<string, string>>;
  webSocket: WebSocketClass | undefined;
  perSecond: number;
  onState: (state: ConnectionState) => void;
}

const FIRST_PAUSE = 500, LONGEST_PAUSE = 15_000; // between two attempts, in ms
const STEADY = 5_000; // a socket that lived as long begins with the first pause again
const CONNECT_TIMEOUT = 10_000;
const WINDOW = 1_100; // the second in which the server counts messages, and what the network may add
const REPEATS = 3;

/** Returns the pause after some failures: longer each time, and never the same for all clients. */
function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures) * (0.5 + Math.random() / 2);
}

function closedError(): KeryxError {
  return new KeryxError("CLIENT_CLOSED", "The client is closed");
}

/**
 * One WebSocket, which is opened when it is needed and again when it is lost. What it
 * cannot send yet waits; what was sent and not answered fails when it is lost, unless it
 * may be repeated.
 */
class Socket {
  #options: SocketOptions;
  #socket: WebSocketLike | undefined;
  #attempt = 0; // the number of the latest one: an older one has been given up
  #state: ConnectionState = "idle";
  #timer: ReturnType<typeof setTimeout> | undefined; // until the next attempt, or of this one
  #failures = 0;
  #openedAt = 0;
  #lastID = 0;
  #pending = new Map<number, Pending>();
  #outbox: Array<{ text: string; pending?: Pending }> = [];
  #sentAt: number[] = []; // when the last messages were sent
  #flusher: ReturnType<typeof setTimeout> | undefined;
  #hurry = () => {
    if (this.#state === "waiting") this.#open();
  };
  readonly rooms = new Rooms(this);

  constructor(options: SocketOptions) {
    this.#options = options;
    (globalThis as { addEventListener?: typeof addEventListener }).addEventListener?.("online", this.#hurry);
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Sends a message, and again after a loss if it may be repeated. settle gets each reply. Returns its messageId. */
  ask(message: Record<string, unknown>, repeats: boolean, settle: (reply: Reply | KeryxError) => void): number {
    this.connect();
    const id = ++this.#lastID;
    const pending: Pending = { message: { ...message, messageId: id }, sent: false, repeats: repeats ? REPEATS : 0, settle };
    this.#pending.set(id, pending);
    if (this.isOpen) this.#send(pending);
    return id;
  }

  /** Forgets a message, whose replies are not wanted any more. */
  forget(id: number): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    this.#outbox = this.#outbox.filter((one) => !pending || one.pending !== pending);
  }

  /** Ends the stream that a message has begun. */
  cancel(id: number): void {
    if (this.#pending.get(id)?.sent) this.#push({ text: JSON.stringify({ messageType: "cancel", messageId: id }) });
    this.forget(id);
  }

  /** Opens the WebSocket unless it is open, or will be. */
  connect(): void {
    if (this.#state === "closed") throw closedError();
    if (this.#state === "idle") this.#open();
  }

  /** Opens another WebSocket in place of this one: with the session and the token of now. */
  reconnect(): void {
    if (this.#state !== "idle" && this.#state !== "closed") {
      this.#failures = 0;
      this.#lost(1000, true);
    }
  }

  close(): void {
    (globalThis as { removeEventListener?: typeof removeEventListener }).removeEventListener?.("online", this.#hurry);
    this.#leave();
    this.#become("closed");
    this.#fail(closedError());
  }

  /** Fails all that waits for an answer, and ends all subscriptions. */
  #fail(error: KeryxError): void {
    for (const [id, pending] of [...this.#pending]) {
      this.#pending.delete(id);
      pending.settle(error);
    }
    this.rooms.close(error);
  }

  #become(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState(state);
  }

  #open(): void {
    clearTimeout(this.#timer);
    const attempt = ++this.#attempt;
    this.#become("connecting");
    this.#timer = setTimeout(() => this.#lost(1006), CONNECT_TIMEOUT);
    this.#dial().then((socket) => {
      if (attempt !== this.#attempt) return socket.close();
      this.#socket = socket;
      socket.onopen = () => attempt === this.#attempt && this.#opened();
      socket.onmessage = (event: { data: unknown }) => attempt === this.#attempt && this.#receive(String(event.data));
      socket.onclose = (event: { code?: number }) => attempt === this.#attempt && this.#lost(event.code ?? 1006);
      socket.onerror = () => {}; // onclose follows
    }).catch((cause: unknown) => {
      if (attempt !== this.#attempt) return;
      if (cause instanceof KeryxError) this.#fail(cause); // it will not be better next time
      this.#lost(1006);
    });
  }

  async #dial(): Promise<WebSocketLike> {
    const { webSocket = (globalThis as { WebSocket?: WebSocketClass }).WebSocket, headers, url } = this.#options;
    if (!webSocket) throw new KeryxError("CLIENT_BAD_CALL", "There is no WebSocket here: pass a class of them as the option WebSocket");
    const all = await headers();
    return Object.keys(all).length > 0 ? new webSocket(url(), { headers: all }) : new webSocket(url());
  }

  #opened(): void {
    clearTimeout(this.#timer);
    this.#openedAt = Date.now();
    this.#become("open");
    this.rooms.rejoin();
    for (const pending of this.#pending.values()) if (!pending.sent) this.#send(pending);
  }

  #send(pending: Pending): void {
    if (!this.#outbox.some((one) => one.pending === pending)) this.#push({ text: JSON.stringify(pending.message), pending });
  }

  #push(one: { text: string; pending?: Pending }): void {
    this.#outbox.push(one);
    this.#flush();
  }

  /** Sends what waits, no faster than the server takes it. */
  #flush(): void {
    clearTimeout(this.#flusher);
    const now = Date.now();
    this.#sentAt = this.#sentAt.filter((at) => at > now - WINDOW);
    while (this.isOpen && this.#outbox.length > 0) {
      if (this.#options.perSecond > 0 && this.#sentAt.length >= this.#options.perSecond) {
        this.#flusher = setTimeout(() => this.#flush(), (this.#sentAt[0] ?? now) + WINDOW - now + 1);
        return;
      }
      const one = this.#outbox.shift();
      if (!one) return;
      if (one.pending) one.pending.sent = true;
      this.#sentAt.push(now);
      this.#socket?.send(one.text);
    }
  }

  #receive(text: string): void {
    let reply: Reply;
    try {
      reply = JSON.parse(text) as Reply;
    } catch {
      return this.#lost(1002); // it does not speak our protocol
    }
    if (reply.messageId !== undefined) {
      const pending = this.#pending.get(reply.messageId);
      if (reply.streaming !== true) this.#pending.delete(reply.messageId);
      pending?.settle(reply);
    } else if (reply.message) {
      this.rooms.deliver(reply.message);
    } else if (reply.unsubscribed) {
      this.rooms.ended(reply.unsubscribed.channel, errorOf(reply));
    } else if (reply.error) {
      this.#lost(1000); // the server has dropped a message, and does not say which one
    }
  }

  /** Gives up the WebSocket, without another attempt. */
  #leave(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#flusher);
    this.#attempt++;
    const socket = this.#socket;
    this.#socket = undefined;
    this.#outbox = [];
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    }
  }

  #lost(code: number, now = false): void {
    if (this.#state === "open" && Date.now() - this.#openedAt > STEADY) this.#failures = 0;
    this.#leave();
    const refused = code === 1008 || code === 1009; // a message that the server does not take: not once more
    this.rooms.lost();
    this.#become("waiting");
    for (const [id, pending] of [...this.#pending]) {
      if (!pending.sent) continue;
      pending.sent = false;
      if (pending.repeats-- > 0 && !refused) continue;
      this.#pending.delete(id);
      pending.settle(new KeryxError("CLIENT_CONNECTION_LOST", refused ? `The server has closed the WebSocket (${code})` : "The connection was lost before the answer came"));
    }
    if (this.#state !== "waiting") return; // closed by who was told
    if (this.#pending.size === 0 && this.rooms.isEmpty) return this.#become("idle");
    this.#timer = setTimeout(() => this.#open(), now ? 0 : pauseAfter(this.#failures++));
  }
}
