// The page can be read without this script. It searches, copies, and tries calls.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const make = (name, text = "") => Object.assign(document.createElement(name), { textContent: text });

// Search

const search = document.getElementById("search");
const found = document.getElementById("found");
const entries = all(".entry");
const links = new Map(all(".index a").map((a) => [a.hash.slice(1), a.parentElement]));

search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let n = 0;
  for (const entry of entries) {
    const shown = words.every((word) => entry.dataset.search.toLowerCase().includes(word));
    entry.hidden = !shown;
    links.get(entry.id)?.toggleAttribute("hidden", !shown);
    n += shown;
  }
  for (const group of all(".group")) {
    const inside = all(".entry", group);
    group.hidden = words.length > 0 && inside.every((entry) => entry.hidden);
  }
  for (const list of all(".index ul")) {
    const empty = all("li", list).every((item) => item.hidden);
    list.hidden = empty;
    list.previousElementSibling.hidden = empty;
  }
  found.textContent = n === 1 ? "1 entry" : `${n} entries`;
});
search.form.addEventListener("submit", (event) => {
  event.preventDefault();
  entries.find((entry) => !entry.hidden)?.querySelector("summary").focus();
});
addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.focus();
    search.select();
  }
  if (event.key === "Escape" && event.target === search) {
    search.value = "";
    search.dispatchEvent(new Event("input"));
  }
});

function openTarget() {
  const details = document.getElementById(decodeURIComponent(location.hash.slice(1)))?.querySelector("details");
  if (details) {
    details.open = true;
    details.querySelector("summary").focus({ preventScroll: true });
  }
}
addEventListener("hashchange", openTarget);
openTarget();

// Copy

for (const button of all(".copy")) {
  button.addEventListener("click", async () => {
    const code = button.closest(".face").querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch { // a page that is not on localhost or https
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
}

// Try it

/** Returns a number, or its text where JavaScript would round it. */
function numberOf(text) {
  const n = Number(text);
  if (!Number.isFinite(n)) throw new Error("not a number");
  return Number.isInteger(n) && !Number.isSafeInteger(n) ? text : n;
}

/** Returns what a field is, as JSON has it; undefined: nothing. It throws an Error for the field. */
function valueOf(field) {
  const { type, items } = field.dataset;
  if (field.type === "file") return field.files.length ? [...field.files] : undefined;
  const text = field.value;
  if (text === "") return undefined;
  if (type === "integer" || type === "number") return numberOf(text);
  if (type === "boolean") return text === "true";
  if ("raw" in field.dataset || !type || type === "string") return text;
  if (type === "array" && field.placeholder.trimStart()[0] !== "[" && !["object", "any", "array"].includes(items)) {
    const lines = text.split("\n").filter((line) => line !== "");
    return ["integer", "number"].includes(items) ? lines.map(numberOf) : items === "boolean" ? lines.map((line) => line === "true") : lines;
  }
  return JSON.parse(text);
}

/** Returns the request of a form. */
function requestOf(form, values) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = { Accept: "application/json, text/event-stream, */*" };
  const body = {};
  let whole, files = false;
  for (const [field, value] of values) {
    const text = (v) => (typeof v === "object" ? JSON.stringify(v) : String(v));
    switch (field.dataset.where) {
      case "path": {
        const more = `{${field.name}...}`;
        path = path.replace(`{${field.name}}`, encodeURIComponent(text(value))).replace(more, text(value).split("/").map(encodeURIComponent).join("/"));
        break;
      }
      case "query":
        for (const one of Array.isArray(value) ? value : [value]) query.append(field.name, text(one));
        break;
      case "header":
        headers[field.dataset.source] = text(value);
        break;
      case "cookie":
        document.cookie = `${field.dataset.source}=${encodeURIComponent(text(value))}; path=/`;
        break;
      default:
        if (field.dataset.whole) whole = field.type === "file" ? value[0] : "raw" in field.dataset ? value : JSON.stringify(value);
        else body[field.name] = value;
        files ||= field.type === "file";
    }
  }
  const init = { method: form.dataset.method, headers };
  if (whole !== undefined) {
    init.body = whole;
    headers["Content-Type"] = whole.type || "application/json";
  } else if (files) {
    init.body = new FormData();
    for (const [name, value] of Object.entries(body)) {
      for (const one of Array.isArray(value) ? value : [value]) init.body.append(name, one instanceof File ? one : typeof one === "object" ? JSON.stringify(one) : one);
    }
  } else if (!["GET", "HEAD"].includes(form.dataset.method)) {
    init.body = JSON.stringify(body);
    headers["Content-Type"] = "application/json";
  }
  const search = query.toString();
  return [path + (search && "?" + search), init];
}

const pretty = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

/** What a form shows of a call. */
class Output {
  constructor(form) {
    this.form = form;
    this.place = form.querySelector(".output");
    this.line = make("p");
    this.text = make("code");
    const pre = make("pre");
    pre.tabIndex = 0;
    pre.append(this.text);
    this.place.replaceChildren(this.line, pre);
  }

  say(text) {
    this.line.textContent = text;
  }

  add(text) {
    this.text.textContent += text;
  }

  /** Shows at each field what is wrong with it. */
  blame(error) {
    for (const { key, message } of error?.errors ?? (error?.key ? [error] : [])) {
      const field = all("[name]", this.form).find((one) => key === one.name || key.startsWith(one.name + ".") || key.startsWith(one.name + "["));
      if (field) wrong(field, message);
    }
  }
}

function wrong(field, message) {
  field.setAttribute("aria-invalid", "true");
  const place = document.getElementById(field.id + "-wrong");
  if (place) place.textContent = message;
}

async function overHTTP(form, values, out, signal) {
  const [path, init] = requestOf(form, values);
  const began = performance.now();
  const res = await fetch(path, { ...init, signal, credentials: "same-origin" });
  const kind = res.headers.get("Content-Type") ?? "";
  const about = () => `${res.status} ${res.statusText} · ${Math.round(performance.now() - began)} ms${kind && " · " + kind}`;
  out.say(about());
  if (kind && !/json|text|xml|csv|javascript/.test(kind)) {
    out.add(`${(await res.blob()).size} bytes`);
    return out.say(about());
  }
  if (/event-stream|ndjson|jsonl/.test(kind)) {
    for await (const piece of pieces(res.body)) out.add(piece);
    return out.say(about());
  }
  const text = await res.text();
  out.add(pretty(text));
  out.say(about());
  if (!res.ok) {
    try {
      out.blame(JSON.parse(text).error);
    } catch { /* it is of a proxy */ }
  }
}

async function* pieces(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  for (let r = await reader.read(); !r.done; r = await reader.read()) yield r.value;
}

/** Sends one message over a WebSocket, and shows what comes until the last reply. */
function overSocket(message, out, signal, lasting) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/");
    const end = () => socket.close();
    signal.addEventListener("abort", end);
    socket.onopen = () => socket.send(JSON.stringify(message));
    socket.onclose = (event) => {
      signal.removeEventListener("abort", end);
      event.wasClean || signal.aborted ? resolve() : reject(new Error("the WebSocket was closed"));
    };
    let streams = false;
    socket.onmessage = (event) => {
      out.add(pretty(event.data) + "\n");
      const reply = JSON.parse(event.data);
      if (reply.messageId !== message.messageId) return;
      if (reply.error) out.blame(reply.error);
      streams ||= reply.streaming === true || reply.response?.streaming === true;
      if ((!lasting && !streams) || reply.streaming === false || (lasting && reply.error)) socket.close();
    };
  });
}

for (const form of all(".try")) {
  const stop = form.querySelector(".stop");
  let running;
  stop.addEventListener("click", () => running?.abort());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    running?.abort();
    const out = new Output(form);
    const fields = all("[name]", form);
    const values = [];
    let bad;
    for (const field of fields) {
      field.removeAttribute("aria-invalid");
      const place = document.getElementById(field.id + "-wrong");
      if (place) place.textContent = "";
      try {
        const value = valueOf(field);
        if (value !== undefined) values.push([field, value]);
        else if (field.dataset.where === "path") throw new Error("a part of the path");
      } catch (error) {
        wrong(field, error.message);
        bad ??= field;
      }
    }
    if (bad) return bad.focus();
    const call = (running = new AbortController());
    stop.hidden = false;
    try {
      const { transport, action } = form.dataset;
      if (transport === "http") await overHTTP(form, values, out, call.signal);
      else if (transport === "channel") {
        out.say("Listening");
        await overSocket({ messageType: "subscribe", channel: form.elements.channel.value, messageId: 1 }, out, call.signal, true);
        out.say("Ended");
      } else {
        if (values.some(([field]) => field.type === "file")) throw new Error("files go over HTTP only");
        const params = Object.fromEntries(values.map(([field, value]) => [field.name, value]));
        await overSocket({ messageType: "action", action, params, messageId: 1 }, out, call.signal, false);
        out.say("Answered");
      }
    } catch (error) {
      out.say(error.name === "AbortError" ? "Stopped" : `It failed: ${error.message}`);
    } finally {
      if (running === call) stop.hidden = true;
    }
  });
}
