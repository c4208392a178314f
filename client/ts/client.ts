export interface ClientOptions {
  /** Where the app is: "https://app.example". Default: where the page comes from. */
  url?: string;
  /** How actions are called that can be called both ways. Default: "http". */
  transport?: "http" | "websocket";
  /** How long a call may take, in ms; a stream, until it begins. 0: without a limit. Default: 30,000. */
  timeout?: number;
  /** A bearer token, or what returns one. Browsers do not send it with a WebSocket. */
  token?: string | (() => string | undefined | Promise<string | undefined>);
  /** Further headers of each request. Browsers do not send them with a WebSocket. */
  headers?: Record<string, string>;
  /** Whether a browser sends cookies to an app of another origin: "include". Default: "same-origin". */
  credentials?: RequestCredentials;
  /** In place of the global fetch. */
  fetch?: typeof fetch;
  /** In place of the global WebSocket, which Node has from version 22 on: the class of the package ws, say. */
  WebSocket?: WebSocketClass;
  /** How many messages are sent over the WebSocket in a second; the others wait. 0: without a limit. Default: 20, that of WS_MAX_MESSAGES_PER_SECOND. */
  messagesPerSecond?: number;
  /** Where the routes of actions begin, if not where they did when this file was made. */
  apiRoute?: string;
  /** Is told the state of the WebSocket. */
  onConnection?: (state: ConnectionState) => void;
}

export interface CallOptions {
  signal?: AbortSignal;
  timeout?: number;
  transport?: "http" | "websocket";
  /** Further headers, over HTTP. */
  headers?: Record<string, string>;
  /** The call may be sent again when the WebSocket was lost before the answer came. Default: for a GET. */
  idempotent?: boolean;
}

type CallArguments<Name extends keyof Actions> = {} extends Actions[Name]["params"]
  ? [params?: Actions[Name]["params"], options?: CallOptions]
  : [params: Actions[Name]["params"], options?: CallOptions];

type SubscribeArguments<Name extends keyof Channels> = {} extends Channels[Name]["params"]
  ? [handlers: Handlers<Channels[Name]["message"]>] | [params: Channels[Name]["params"], handlers: Handlers<Channels[Name]["message"]>]
  : [params: Channels[Name]["params"], handlers: Handlers<Channels[Name]["message"]>];

/** Calls the actions of the app, and subscribes to its channels. */
export class Client {
  #options: ClientOptions;
  #cookies = new Cookies();
  #socket: Socket;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.#socket = new Socket({
      url: () => this.#url().replace(/^http/, "ws") + "/",
      headers: () => this.#upgradeHeaders(),
      webSocket: options.WebSocket,
      perSecond: options.messagesPerSecond ?? 20,
      onState: (state) => tell(() => options.onConnection?.(state)),
    });
  }

  /**
   * Calls an action. It throws a KeryxError when the action fails, and the reason of the
   * signal when that aborts. An action is not called again by itself, but for a GET whose
   * WebSocket was lost.
   */
  async act<Name extends keyof Actions>(name: Name, ...[given, options = {}]: CallArguments<Name>): Promise<Actions[Name]["result"]> {
    const params = (given ?? {}) as Params;
    const route: Route | undefined = Object.hasOwn(ROUTES, name) ? ROUTES[name] : undefined;
    if (!route) throw new KeryxError("CLIENT_BAD_CALL", `There is no action ${name}: the client may be older than the app`);
    const http = this.#overHTTP(name, route, params, options);
    return (await (http ? this.#fetch(route, params, options) : this.#ask(name, route, params, options))) as Actions[Name]["result"];
  }

  /**
   * Subscribes to a channel, and again when the connection was lost: after the last message
   * in a channel with a history, so that nothing is missed or onGap is called.
   */
  subscribe<Name extends keyof Channels>(name: Name, ...rest: SubscribeArguments<Name>): Subscription {
    const handlers = rest[rest.length - 1] as Handlers<unknown>;
    const params = rest.length > 1 ? (rest[0] as Params) : {};
    return this.#socket.rooms.subscribe(channelName(name, params), handlers);
  }

  /** Opens another WebSocket if there is one. A WebSocket keeps the session with which it was opened: call it after a sign-in. */
  reconnect(): void {
    this.#socket.reconnect();
  }

  /** Ends all subscriptions, and all calls over the WebSocket. */
  close(): void {
    this.#socket.close();
  }

  #url(): string {
    const url = this.#options.url ?? (globalThis as { location?: { origin: string } }).location?.origin;
    if (url === undefined) throw new KeryxError("CLIENT_BAD_CALL", "The option url is missing: it says where the app is");
    return url.replace(/\/+$/, "");
  }

  async #headers(): Promise<Record<string, string>> {
    const { token, headers } = this.#options;
    const bearer = typeof token === "function" ? await token() : token;
    return { ...headers, ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }) };
  }

  /** Returns the headers of the request that opens a WebSocket. Browsers let a page choose none. */
  async #upgradeHeaders(): Promise<Record<string, string>> {
    const scope = globalThis as { document?: unknown; importScripts?: unknown };
    if (scope.document !== undefined || scope.importScripts !== undefined) return {};
    const cookie = this.#cookies.header();
    return { ...(await this.#headers()), ...(cookie !== "" && { Cookie: cookie }) };
  }

  /** Reports whether a call goes over HTTP. */
  #overHTTP(name: string, route: Route, params: Params, options: CallOptions): boolean {
    const needsHTTP = route.result === "response" || route.type !== undefined || hasFile(params);
    const chosen = options.transport ?? (route.result === "stream" ? "http" : this.#options.transport) ?? "http";
    const http = route.http !== undefined && (needsHTTP || !route.socket || chosen === "http");
    const possible = http ? options.transport !== "websocket" : route.socket && !hasFile(params) && options.transport !== "http";
    if (!possible) throw new KeryxError("CLIENT_BAD_CALL", `The action ${name} cannot be called over ${options.transport ?? "a WebSocket"}${hasFile(params) ? " with a file" : ""}`);
    return http;
  }

  async #fetch(route: Route, params: Params, options: CallOptions): Promise<unknown> {
    const http = route.http as readonly [string, string];
    const { path, headers, cookies, body } = requestOf(http, route, params, { ...(await this.#headers()), ...options.headers });
    const cookie = this.#cookies.header(cookies);
    if (cookie !== "") headers.set("Cookie", cookie); // browsers send their own
    const limit = limited(options.signal, options.timeout ?? this.#options.timeout ?? 30_000);
    let goesOn = false;
    try {
      const send = this.#options.fetch ?? fetch;
      const url = this.#url() + (this.#options.apiRoute ?? API_ROUTE) + path;
      const response = await send(url, { method: http[0], headers, signal: limit.signal, credentials: this.#options.credentials ?? "same-origin", ...(body !== undefined && { body }) });
      this.#cookies.keep(response);
      if (!response.ok) throw await failureIn(response);
      goesOn = route.result === "stream" || route.result === "events" || route.result === "response";
      if (!goesOn) return route.result === "none" ? undefined : await valueIn(response);
      limit.clear();
      if (route.result === "response") return response;
      const stream = streamOf(response, limit.stop, limit.signal);
      return route.result === "events" ? new EventStream(stream) : stream;
    } catch (error) {
      if (error instanceof KeryxError) throw error;
      throw limit.signal.aborted ? limit.signal.reason : lostBy(error);
    } finally {
      if (!goesOn) limit.stop();
    }
  }

  #ask(action: string, route: Route, params: Params, options: CallOptions): Promise<unknown> {
    const message = { messageType: "action", action, params };
    if (route.result === "events" || route.result === "stream" || (route.result === "response" && !route.http)) {
      const stream = this.#askStream(message, options.signal);
      return Promise.resolve(route.result === "events" ? new EventStream(stream) : stream);
    }
    const limit = limited(options.signal, options.timeout ?? this.#options.timeout ?? 30_000);
    return new Promise((resolve, reject) => {
      if (limit.signal.aborted) return reject(limit.signal.reason);
      const id = this.#socket.ask(message, options.idempotent ?? route.http?.[0] === "GET", (reply) => {
        const error = reply instanceof KeryxError ? reply : errorOf(reply);
        if (error) reject(error);
        else resolve(route.result === "none" ? undefined : (reply as Reply).response);
      });
      limit.signal.addEventListener("abort", () => {
        this.#socket.forget(id);
        reject(limit.signal.reason);
      });
    }).finally(() => limit.stop());
  }

  /** Calls an action that answers piece by piece. */
  #askStream(message: Record<string, unknown>, signal: AbortSignal | undefined): Stream {
    const pieces: Uint8Array[] = [];
    const encoder = new TextEncoder();
    let end: { error?: unknown } | undefined;
    let wake = () => {};
    const finish = (error?: unknown) => {
      end ??= error === undefined ? {} : { error };
      signal?.removeEventListener("abort", abort);
      wake();
    };
    const abort = () => {
      this.#socket.cancel(id);
      finish(signal?.reason);
    };
    signal?.throwIfAborted();
    signal?.addEventListener("abort", abort);
    const id = this.#socket.ask(message, false, (reply) => {
      if (reply instanceof KeryxError) return finish(reply);
      const error = errorOf(reply);
      if (error) return finish(error);
      if ("response" in reply) pieces.push(encoder.encode(JSON.stringify(reply.response))); // it was no stream
      if (reply.streaming !== true) return finish();
      pieces.push(encoder.encode(reply.chunk ?? ""));
      wake();
    });
    const stop = () => {
      if (!end) this.#socket.cancel(id);
      finish();
    };
    async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        for (;;) {
          const piece = pieces.shift();
          if (piece) {
            yield piece;
          } else if (end) {
            if ("error" in end) throw end.error;
            return;
          } else {
            await new Promise<void>((resolve) => (wake = resolve));
          }
        }
      } finally {
        stop();
      }
    }
    return new Stream(read(), stop);
  }
}
