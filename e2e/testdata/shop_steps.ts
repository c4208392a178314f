import { Client, KeryxError, type Actions, type CallOptions, type WebSocketClass } from "./shop.js";

/** What the tests do with the client of the shop, in a browser and in Node. */
export class Steps {
  readonly log: string[] = [];
  #client: Client;
  #url: string;

  constructor(url: string, webSocket?: WebSocketClass) {
    this.#url = url;
    this.#client = new Client({ url, ...(webSocket && { WebSocket: webSocket }) });
  }

  async inputs(transport: "http" | "websocket"): Promise<string> {
    const c = this.#client, options = { transport };
    const list = await c.act("item:list", { page: 7, sort: "price", tags: ["a b", "&"], since: "2030-01-02T03:04:05Z", filter: { cheap: true }, old: undefined }, options);
    const { page, sort, tags, since, filter } = list.echo;
    const made = await c.act("item:create", { name: "äö", "a-note": "note", class: "x", list: [[1, 2], []], attrs: { k: "v" }, duration: "2m", tenant: "acme" }, options);
    const path = await c.act("a-b:c.d", { org: "a/b ?", rest: "x/y z", full: true }, options);
    const none: void = await c.act("item:delete", { id: 1 }, options);
    return JSON.stringify([page, sort, tags, since, filter, list.items?.[0]?.parent?.tags, list.big, made["a-note"], made.list, made.attrs, made.duration, made.tenant, path, none ?? "none", await c.act("anything")]);
  }

  async bodies(): Promise<string> {
    const c = this.#client, image = new File(["png!"], "ü.png", { type: "image/png" });
    const uploaded = await c.act("item:upload", { title: "T", cover: image, pages: [image, image], detail: [{ key: "k" }] }, {});
    const raw = await c.act("item:raw", { id: 5, body: "raw & whole" });
    const whole = await c.act("item:whole", { draft: true, body: [] });
    const response = await c.act("redirect");
    const onlySocket = await c.act("ab:cd", { text: "socket" });
    return [uploaded, raw, whole, await response.text(), onlySocket].join("; ");
  }

  async streams(transport: "http" | "websocket"): Promise<string> {
    const c = this.#client, seen: string[] = [];
    for await (const e of await c.act("events", { count: 2 }, { transport })) seen.push(`${e.event} ${e.id} ${e.data}`);
    for await (const e of await c.act("events", { count: 9999 }, { transport })) {
      seen.push(e.data);
      break;
    }
    for await (const { index } of (await c.act("lines", { count: 3 }, { transport })).lines<{ index: number }>()) seen.push(String(index));
    for (const name of ["events", "lines"] as const) {
      try {
        const stream = await c.act(name, { count: 1, fails: true }, { transport });
        for await (const _ of stream) if (name === "events") seen.push("one"); // of a body that is cut, browsers may give nothing
      } catch (error) {
        seen.push((error as KeryxError).type);
      }
    }
    return seen.join("; ");
  }

  async bytes(): Promise<string> {
    const all: number[] = [];
    for await (const piece of await this.#client.act("bytes")) all.push(...piece);
    return all.join();
  }

  async aborted(transport: "http" | "websocket"): Promise<string> {
    const seen: string[] = [];
    const stop = new AbortController();
    const calls: Array<() => Promise<unknown>> = [
      () => this.#client.act("fail", { with: "slow" }, { transport, timeout: 100 }),
      () => this.#client.act("fail", { with: "slow" }, { transport, signal: AbortSignal.abort(new Error("mine")) }),
      async () => {
        for await (const _ of await this.#client.act("events", { count: 100_000 }, { transport, signal: stop.signal })) stop.abort(new Error("enough"));
      },
    ];
    for (const call of calls) await call().then(() => seen.push("done"), (error: Error) => seen.push(error instanceof KeryxError ? error.type : error.message));
    return seen.join("; ");
  }

  async fails(transport: "http" | "websocket"): Promise<string[]> {
    const seen: string[] = [];
    for (const how of ["conflict", "limited", "panic", "details", "fields", "other"]) {
      try {
        await this.#client.act("fail", { with: how as Actions["fail"]["params"]["with"] }, { transport });
      } catch (error) {
        if (!(error instanceof KeryxError)) throw error;
        seen.push([how, error.type, error.status, error.key, error.value, error.fields.length, JSON.stringify(error.details), error.retryAfter].join(" "));
      }
    }
    return seen;
  }

  /** Calls that fail in the client. */
  async clientErrors(): Promise<string[]> {
    const seen: string[] = [];
    const nowhere = new Client({ url: "http://127.0.0.1:1" });
    const broken: Array<[string, () => Promise<unknown>]> = [
      ["proxy", () => this.#client.act("fail", { with: "proxy" })],
      ["nowhere", () => nowhere.act("anything")],
      ["path", () => this.#client.act("a-b:c.d", { org: "..", rest: "x" })],
      ["transport", () => this.#client.act("item:upload", { title: "", cover: new Blob() }, { transport: "websocket" })],
      ["unknown", () => this.#client.act("toString" as "anything")],
      ["channel", async () => this.#client.subscribe("room:{roomId}", { roomId: "a:b" }, {}).ready],
      ["closed", () => this.#client.subscribe("closed", { onError: (error) => seen.push("told " + error.type) }).ready],
      ["shut", async () => {
        const c = new Client({ url: this.#url });
        c.close();
        await c.subscribe("news", {}).ready;
      }],
    ];
    for (const [name, call] of broken) await call().then(() => seen.push(name + " done"), (error: KeryxError) => seen.push(`${name} ${error.type}`));
    return seen;
  }

  /** Sends more messages than the server takes in a second. */
  async burst(): Promise<number> {
    const options: CallOptions = { transport: "websocket" };
    const all = await Promise.all(Array.from({ length: 50 }, (_, i) => this.#client.act("ab:cd", { text: String(i) }, options)));
    return all.filter((text, i) => text === String(i)).length;
  }

  async listen(): Promise<void> {
    const say = (text: string) => this.log.push(text);
    const one = this.#client.subscribe("room:{roomId}", { roomId: 3 }, {
      onMessage: ({ text }) => say(`room ${text}`), onGap: () => say("room gap"), onRecovered: () => say("room recovered"),
    });
    const two = this.#client.subscribe("news", {}, {
      onMessage: ({ text }) => say(`news ${text}`), onGap: () => say("news gap"), onRecovered: () => say("news recovered"),
      onJoin: () => say("join"), onLeave: () => say("leave"),
      members: async () => (await this.#client.act("members", { channel: "news" })) ?? [], onMembers: (members) => say(members.size > 0 ? "members" : "nobody"),
    });
    await Promise.all([one.ready, two.ready]);
  }

  /** Begins calls over the WebSocket, which its loss ends. */
  async begin(): Promise<void> {
    const say = (name: string) => (error: KeryxError) => this.log.push(`${name} ${error.type}`);
    this.#client.act("wait", {}, { transport: "websocket" }).catch(say("wait"));
    this.#client.act("fail", { with: "slow" }, { transport: "websocket", timeout: 5_000 }).catch(say("get")); // it is sent again
    const follow = async () => {
      for await (const event of await this.#client.act("follow", {}, { transport: "websocket" })) this.log.push(event.event);
    };
    follow().catch(say("follow"));
  }

  async say(channel: string, text: string): Promise<void> {
    await this.#client.act("say", { channel, text });
  }

  async lines(): Promise<string[]> {
    return this.log;
  }
}
