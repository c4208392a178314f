/** What a subscriber is told. Every function is optional. */
export interface Handlers<Message> {
  onMessage?(message: Message, about: { channel: string; sender: string; position: string | undefined }): void;
  /** A member has come or gone: its presence key. */
  onJoin?(member: string): void;
  onLeave?(member: string): void;
  /** The members, after each change. It needs members. */
  onMembers?(members: ReadonlySet<string>): void;
  /** Loads the members, by an action of the app, each time that the subscription begins. */
  members?(): Promise<readonly string[]>;
  /** The connection was lost, and what was sent meanwhile with it: load again what you show. */
  onGap?(): void;
  /** The connection was lost, and everything that was missed has been delivered. */
  onRecovered?(): void;
  /** The subscription was refused, or has ended. It does not come back by itself. */
  onError?(error: KeryxError): void;
  /** The position after which to begin, as an action has returned it with the history. */
  after?: string;
}

/** A subscription to a channel. */
export interface Subscription {
  readonly channel: string;
  /** Resolves when the server has confirmed the subscription. Rejects when it is refused. */
  readonly ready: Promise<void>;
  /** The position of the last message, in a channel with a history. */
  readonly position: string | undefined;
  /** The members, if Handlers.members loads them. */
  readonly members: ReadonlySet<string>;
  /** Resolves when the server has confirmed it. */
  unsubscribe(): Promise<void>;
}

/** Returns the name of a channel. */
function channelName(pattern: string, params: Params): string {
  const name = pattern.replace(/\{([^{}]+)\}/g, (_, key: string) => {
    const text = params[key] === undefined || params[key] === null ? "" : String(params[key]);
    if (!/^[a-zA-Z0-9._-]+$/.test(text)) {
      throw new KeryxError("CLIENT_BAD_CALL", `The parameter ${key} is a part of the name of a channel: it must have letters, digits, ".", "_" and "-" only`, { key, value: params[key] });
    }
    return text;
  });
  if (name.length > 200) throw new KeryxError("CLIENT_BAD_CALL", "The name of the channel is longer than 200 characters");
  return name;
}

/** Calls a function of the app. What it throws is the app's, and ends nothing here. */
function tell(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** One subscriber of a channel. */
class Listener implements Subscription {
  readonly members = new Set<string>();
  readonly ready: Promise<void>;
  confirm!: () => void;
  refuse!: (error: KeryxError) => void;
  #loads = 0;
  #changes: Array<{ event: string; presenceKey: string }> | undefined; // while the members are loaded

  constructor(readonly room: Room, readonly handlers: Handlers<unknown>) {
    this.ready = new Promise((resolve, reject) => {
      this.confirm = resolve;
      this.refuse = reject;
    });
    this.ready.catch(() => {}); // onError is told as well
  }

  get channel(): string {
    return this.room.name;
  }

  get position(): string | undefined {
    return this.room.position;
  }

  unsubscribe(): Promise<void> {
    return this.room.leave(this);
  }

  fail(error: KeryxError): void {
    this.refuse(error);
    tell(() => this.handlers.onError?.(error));
  }

  /** Begins anew with the members. Events that come meanwhile are applied to what was loaded. */
  async load(): Promise<void> {
    if (!this.handlers.members) return;
    const load = ++this.#loads;
    this.#changes = [];
    try {
      const all = await this.handlers.members();
      if (load !== this.#loads) return;
      this.members.clear();
      for (const member of all) this.members.add(member);
    } catch (cause) {
      if (load !== this.#loads) return;
      tell(() => this.handlers.onError?.(cause instanceof KeryxError ? cause : lostBy(cause)));
    }
    const changes = this.#changes;
    this.#changes = undefined;
    for (const change of changes) this.#apply(change);
    tell(() => this.handlers.onMembers?.(this.members));
  }

  deliver(m: Broadcast): void {
    const change = m.sender === "presence" ? changeOf(m.message) : undefined;
    if (!change) {
      return tell(() => this.handlers.onMessage?.(m.message, { channel: m.channel, sender: m.sender, position: m.position }));
    }
    tell(() => (change.event === "join" ? this.handlers.onJoin?.(change.presenceKey) : this.handlers.onLeave?.(change.presenceKey)));
    if (!this.handlers.members) return;
    if (this.#changes) {
      this.#changes.push(change);
      return;
    }
    this.#apply(change);
    tell(() => this.handlers.onMembers?.(this.members));
  }

  #apply(change: { event: string; presenceKey: string }): void {
    if (change.event === "join") this.members.add(change.presenceKey);
    else this.members.delete(change.presenceKey);
  }
}

/** Returns the change of presence that a message is, or undefined. */
function changeOf(message: unknown): { event: "join" | "leave"; presenceKey: string } | undefined {
  if (typeof message !== "string") return undefined;
  try {
    const { event, presenceKey } = JSON.parse(message) as { event?: unknown; presenceKey?: unknown };
    if ((event === "join" || event === "leave") && typeof presenceKey === "string") return { event, presenceKey };
  } catch {
    // a message of the app
  }
  return undefined;
}

/** What the server may answer when it is not well: the subscription is tried again. */
function isPassing(error: KeryxError): boolean {
  return ["CONNECTION_SERVER_ERROR", "CONNECTION_RATE_LIMITED", "CONNECTION_ACTION_TIMEOUT", "CONNECTION_ACTION_RUN", "SERVER_STOP", "CLIENT_CONNECTION_LOST"].includes(error.type);
}

/** A channel that this client is subscribed to, for one subscriber or several. */
class Room {
  readonly listeners = new Set<Listener>();
  position: string | undefined;
  joined = false; // on this WebSocket
  resumes = false; // it was subscribed to before
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked: number | undefined; // the messageId of the subscription that is under way

  constructor(readonly rooms: Rooms, readonly name: string, after: string | undefined) {
    this.position = after;
  }

  /** Subscribes, after the last message if there is a history. */
  join(): void {
    clearTimeout(this.#timer);
    const after = this.position;
    this.#asked = this.rooms.socket.ask({ messageType: "subscribe", channel: this.name, ...(after !== undefined && { after }) }, false, (reply) => {
      this.#asked = undefined;
      const error = reply instanceof KeryxError ? reply : errorOf(reply);
      if (error) this.#refused(error);
      else if (!(reply instanceof KeryxError) && reply.subscribed) this.#confirmed(reply.subscribed, after !== undefined);
    });
  }

  #confirmed(reply: { position?: string; recovered?: boolean }, resumed: boolean): void {
    const again = this.resumes;
    this.joined = this.resumes = true;
    this.#failures = 0;
    this.position = reply.position ?? this.position;
    for (const listener of [...this.listeners]) {
      listener.confirm();
      if (reply.recovered === true && again) tell(() => listener.handlers.onRecovered?.());
      else if (reply.recovered === false || (again && !resumed)) tell(() => listener.handlers.onGap?.());
      void listener.load();
    }
  }

  #refused(error: KeryxError): void {
    if (error.type === "CLIENT_CONNECTION_LOST") return; // rejoin follows
    if (this.resumes && isPassing(error)) {
      this.#timer = setTimeout(() => this.rooms.socket.isOpen && this.join(), pauseAfter(this.#failures++));
      return;
    }
    this.rooms.drop(this, error);
  }

  lost(): void {
    clearTimeout(this.#timer);
    this.joined = false;
    if (this.#asked !== undefined) this.rooms.socket.forget(this.#asked);
    this.#asked = undefined;
  }

  deliver(m: Broadcast): void {
    if (!this.joined && this.position === undefined) return; // of a subscription that has ended
    this.position = m.position ?? this.position;
    for (const listener of [...this.listeners]) listener.deliver(m);
  }

  leave(listener: Listener): Promise<void> {
    if (!this.listeners.delete(listener)) return Promise.resolve();
    listener.refuse(new KeryxError("CLIENT_CLOSED", "The subscription was given up"));
    return this.listeners.size > 0 ? Promise.resolve() : this.rooms.unsubscribe(this);
  }
}

/** The channels of a WebSocket. */
class Rooms {
  #byName = new Map<string, Room>();

  constructor(readonly socket: Socket) {}

  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  subscribe(name: string, handlers: Handlers<unknown>): Subscription {
    this.socket.connect();
    const known = this.#byName.get(name);
    const room = known ?? new Room(this, name, handlers.after);
    const listener = new Listener(room, handlers);
    room.listeners.add(listener);
    if (known?.joined) {
      listener.confirm();
      void listener.load();
    }
    if (known) return listener;
    this.#byName.set(name, room);
    if (this.socket.isOpen) room.join();
    return listener;
  }

  unsubscribe(room: Room): Promise<void> {
    if (this.#byName.get(room.name) === room) this.#byName.delete(room.name);
    room.lost();
    if (!this.socket.isOpen) return Promise.resolve();
    return new Promise((resolve) => this.socket.ask({ messageType: "unsubscribe", channel: room.name }, false, () => resolve()));
  }

  /** Subscribes again, on another WebSocket. */
  rejoin(): void {
    for (const room of this.#byName.values()) room.join();
  }

  lost(): void {
    for (const room of this.#byName.values()) room.lost();
  }

  deliver(m: Broadcast): void {
    this.#byName.get(m.channel)?.deliver(m);
  }

  /** The server has ended a subscription. */
  ended(channel: string, error: KeryxError | undefined): void {
    const room = this.#byName.get(channel);
    if (room) this.drop(room, error ?? new KeryxError("CONNECTION_CHANNEL_AUTHORIZATION", "The subscription has ended"));
  }

  drop(room: Room, error: KeryxError): void {
    if (this.#byName.get(room.name) === room) this.#byName.delete(room.name);
    room.lost();
    for (const listener of [...room.listeners]) {
      room.listeners.delete(listener);
      listener.fail(error);
    }
  }

  close(error: KeryxError): void {
    for (const room of [...this.#byName.values()]) this.drop(room, error);
  }
}
