// A WebSocket that comes back: when it is lost it is opened again, after a pause
// that grows, and what was subscribed to is subscribed to anew.

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const SUBSCRIBE = "subscribe"; // the id of the one message that is sent
const STEADY = 5_000; // a socket that lived as long was a good one

/**
 * Events: "state", whose detail is {state: "connecting" | "live" | "waiting", retryAt};
 * "broadcast", whose detail is {channel, message, sender}; "refused", whose detail
 * is the server's error about the channel. Unless it is closed then, it tries again.
 */
export class Socket extends EventTarget {
  #url = location.origin.replace(/^http/, "ws") + "/";
  #channel;
  #socket;
  #timer;
  #failures = 0;

  constructor(channel) {
    super();
    this.#channel = channel;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  /** Connects, and stays connected until close. */
  open() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#say({ state: "connecting" });
    const socket = this.#socket = new WebSocket(this.#url);
    let openedAt = Infinity;
    socket.onopen = () => {
      openedAt = Date.now();
      socket.send(JSON.stringify({ messageType: "subscribe", channel: this.#channel, messageId: SUBSCRIBE }));
    };
    socket.onmessage = (event) => this.#receive(JSON.parse(event.data));
    socket.onclose = () => {
      if (socket !== this.#socket) return; // closed by us
      if (Date.now() - openedAt > STEADY) this.#failures = 0;
      this.#retry();
    };
  }

  /** Disconnects. */
  close() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#failures = 0;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }

  #receive(frame) {
    if (frame.message) {
      this.#emit("broadcast", frame.message);
    } else if (frame.subscribed) {
      this.#say({ state: "live" });
    } else if (frame.error && frame.messageId === SUBSCRIBE) {
      this.#emit("refused", frame.error);
      this.#socket?.close();
    }
  }

  #retry() {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures++) * (0.75 + Math.random() / 2);
    this.#timer = setTimeout(() => this.open(), pause);
    this.#say({ state: "waiting", retryAt: Date.now() + pause });
  }

  /** Tries at once when something says that it may work now. */
  #hurry() {
    if (this.#timer !== undefined) this.open();
  }

  #say(detail) { this.#emit("state", detail); }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
