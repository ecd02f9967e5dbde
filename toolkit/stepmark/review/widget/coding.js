// @ts-check
/**
 * The screen of a coding session: one module, loaded as it is written here.
 *
 * `Line` talks to the kernel and loses nothing: a command is kept in this browser until the kernel says that it is on
 * disk. `Screen` draws what was confirmed with what is still under way on top, and turns keys into commands.
 * Transcript text enters the page as text only. Offsets are code points, as in Python; never UTF-16 units.
 *
 * @typedef {[number, number]} Span start and end in code points, end not included
 * @typedef {{yes: Object<string, Span[]>, no: string[], unsure: string[], note: string}} Marks
 * @typedef {{turn: number, speaker: string, text: string, start_s: number?, end_s: number?, pause_s: number?,
 *   position: number?, active: boolean, status: string, marks: Marks, suggested: Object<string, Span[]>,
 *   text_changed: boolean, votes?: Object<string, Object<string, string>>}} Turn
 * @typedef {{id: string, label: string, stage: string, kind: string, key: string}} Code
 * @typedef {{do: string, cid: string, position?: number, [name: string]: any}} Command
 */

/** Each stage's sign, so that a stage never shows by colour alone. @type {Object<string, string>} */
const GLYPHS = { understand: "●", feel: "◆", resolve: "■", protect: "▲", close: "✓", breach: "✕", signal: "○" };
/** Commands after which another turn may be on the screen: keys pressed meanwhile wait, so that none hits a turn unseen. */
const MOVING = new Set(["accept", "skip", "undo", "back", "forward", "go"]);
/** A decision not confirmed after this long is said to be NOT SAVED; after the second time it is sent again (ms). */
const LATE_MS = 2000, AGAIN_MS = 4000;
/** A pause is worth a line of its own from this many seconds. */
const PAUSE_S = 60;
/** The keys that need no kernel, as [key, what it does]. */
const OWN_KEYS = [
  ["← →", "move the cursor word by word"],
  ["Shift ← →", "select words; then a code's key puts the code there"],
  [",", "go to the next mark of this turn"],
  ["( )", "start the mark one word earlier, later"],
  ["< >", "end the mark one word earlier, later"],
  ["- or Delete", "take the mark at the cursor away"],
  ["Space", "definition and examples of the code at the cursor"],
  ["Tab", "codes, then buttons; arrows move among them"],
  ["Esc", "close, clear, or back to the turn"],
];
const RULING_KEYS = [["+", "rule that the step in dispute is there"], ["-", "rule that it is not"], [",", "go to the next step in dispute"]];
/** @type {Object<string, string>} */
const COMMAND_WORDS = {
  accept: "the turn is right as marked: next", yes: "yes, next", no: "no, next", undo: "undo, back to the first",
  skip: "put the turn aside", unsure: "unsure of the mark, or of the turn", note: "note", back: "the turn before",
  forward: "the turn after", search: "search all conversations", help: "this help",
};
/** @type {Object<string, string>} */
const KEY_NAMES = { ArrowUp: "↑", ArrowDown: "↓", Backspace: "⌫", Enter: "↵", " ": "Space" };

// Plain helpers -----------------------------------------------------------------------------------------------------

/** A new element; attributes that are null, undefined or false are left out, strings become text nodes.
 * @param {string} tag @param {Object<string, any>} props @param {...any} kids @returns {HTMLElement} */
function h(tag, props = {}, ...kids) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...kids.filter(kid => kid !== null && kid !== undefined && kid !== false));
  return node;
}

/** An id for a command. Not crypto.randomUUID, which http:// pages other than localhost do not have. */
const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");

/** Seconds as `0:42` or `1:02:05`. @param {number} seconds */
export function clock(seconds) {
  const whole = Math.floor(seconds), two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A span of time as people say it. @param {number} seconds */
export function inWords(seconds) {
  if (seconds >= 172800) return `${Math.round(seconds / 86400)} days`;
  if (seconds >= 7200) return `${Math.round(seconds / 3600)} h`;
  if (seconds >= 60) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds)} s`;
}

/** The stops of the cursor in a text: words, and runs of signs between them, in code points.
 * @param {string} text @returns {Span[]} */
export function stops(text) {
  /** @type {{segment: string, isWordLike?: boolean}[]} */
  const pieces = "Segmenter" in Intl
    ? [...new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)]
    : (text.match(/\s+|[^\s]+/gu) ?? []).map(segment => ({ segment, isWordLike: true }));
  /** @type {Span[]} */
  const found = [];
  let at = 0, signs = false;
  for (const { segment, isWordLike } of pieces) {
    const end = at + Array.from(segment).length, blank = segment.trim() === "";
    if (!blank && signs && !isWordLike && found[found.length - 1][1] === at) found[found.length - 1][1] = end;
    else if (!blank) found.push([at, end]);
    signs = !blank && !isWordLike;
    at = end;
  }
  return found;
}

/** The marks of a turn after a command: what `transition` does in Python, so that a key shows at once.
 * @param {{status: string, marks: Marks, suggested: Object<string, Span[]>}} turn @param {Command} command
 * @param {string[]} steps the steps that the turn can show @param {boolean} verify
 * @returns {{status: string, marks: Marks}} */
export function after(turn, command, steps, verify) {
  const { status } = turn, marks = turn.marks, step = command.step;
  const yes = { ...marks.yes }, others = marks.no.filter(id => id !== step);
  const accepted = (/** @type {Marks} */ m) => ({ status: "done", marks: { ...m, no: steps.filter(id => !(id in m.yes)) } });
  const put = (/** @type {Span[]} */ spans) =>
    ({ ...marks, yes: { ...yes, [step]: sorted(spans) }, no: others });
  const without = () => { delete yes[step]; return { ...marks, yes, no: [...others, step] }; };
  const mine = yes[step] ?? [], span = /** @type {Span} */ ([command.start_char, command.end_char]);
  const rest = mine.filter(kept => !same(kept, span));
  switch (command.do) {
    case "accept": return accepted(marks);
    case "skip": return { status: "skipped", marks };
    case "note": return { status, marks: { ...marks, note: command.note } };
    case "unsure": {
      const what = step ?? "*", left = marks.unsure.filter(id => id !== what);
      return { status, marks: { ...marks, unsure: command.unsure ? [...left, what] : left } };
    }
    case "decide": {
      const where = mine.length ? mine : turn.suggested[step] ?? [];
      const decided = command.decision === "yes" ? put(where) : without();
      return verify ? accepted(decided) : { status, marks: decided };
    }
    case "add": return { status, marks: put([...mine, span]) };
    case "remove": return { status, marks: rest.length ? put(rest) : without() };
    case "change": return { status, marks: put([...rest, [command.new_start_char, command.new_end_char]]) };
    default: return { status, marks };
  }
}

/** @param {Span} a @param {Span} b */
const same = (a, b) => a[0] === b[0] && a[1] === b[1];
/** @param {Span[]} spans @returns {Span[]} */
const sorted = spans =>
  [...spans].sort((a, b) => a[0] - b[0] || a[1] - b[1]).filter((s, i, all) => i === 0 || !same(s, all[i - 1]));

/** Which underline each span takes, from 0: the first that is free over its whole length; at most four.
 * @param {Span[]} spans sorted @returns {number[]} */
export function lanes(spans) {
  /** @type {number[]} */
  const ends = [];
  return spans.map(([start, end]) => {
    let lane = ends.findIndex(taken => taken <= start);
    if (lane < 0) lane = ends.length;
    ends[lane] = end;
    return Math.min(lane, 3);
  });
}

/** The sections of the codes, in the guide's order: [stage, codes][]. @param {Code[]} codes */
function byStage(codes) {
  /** @type {Map<string, Code[]>} */
  const sections = new Map();
  for (const code of codes) sections.set(stageOf(code), [...(sections.get(stageOf(code)) ?? []), code]);
  return [...sections];
}
/** @param {Code | undefined} code */
const stageOf = code => (!code ? "other" : code.kind === "step" ? code.stage : code.kind);
/** @param {string} stage */
const glyph = stage => h("span", { class: "sm-glyph", "aria-hidden": "true" }, GLYPHS[stage] ?? "◇");
/** @param {string} key */
const kbd = key => h("kbd", { class: "sm-key", "aria-hidden": "true" }, KEY_NAMES[key] ?? key);
/** @param {string} text */
const capital = text => text.charAt(0).toUpperCase() + text.slice(1);

// The line to the kernel --------------------------------------------------------------------------------------------

/** Sends commands one after the other and keeps each in this browser until it is confirmed. */
export class Line {
  /** @param {any} model @param {{state: Function, ack: Function, nack: Function, late: Function,
   * trouble: Function, found: Function}} on */
  constructor(model, on) {
    this.model = model;
    this.on = on;
    /** @type {Command[]} */ this.pending = [];
    /** @type {Command[]} */ this.refused = [];
    this.sent = "";
    this.place = "";
    this.order = 0;
    this.late = false;
    /** @type {any[]} */ this.timers = [];
    this.hear = this.hear.bind(this);
    model.on("msg:custom", this.hear);
    this.hello();
    // Once more: a kernel that was busy at first then routes this line past the cell that it runs.
    this.greet = setInterval(() => { this.hello(); if (this.place) clearInterval(this.greet); }, 1000);
  }

  stop() {
    this.model.off("msg:custom", this.hear);
    clearInterval(this.greet);
    this.calm();
  }

  hello() { this.model.send({ type: "hello" }); }
  /** @param {string} words */
  find(words) { this.model.send({ type: "find", words }); }
  /** @param {number} position */
  look(position) { this.model.send({ type: "look", position }); }

  get moving() { return this.pending.some(command => MOVING.has(command.do) || command.moves); }

  /** @param {Object<string, any>} command without its cid */
  push(command) {
    const whole = /** @type {Command} */ ({ ...command, cid: newId() });
    this.refused = [];
    this.pending.push(whole);
    this.keep(whole);
    this.pump();
    return whole;
  }

  /** Send again what was refused. */
  again() {
    const refused = this.refused.splice(0);
    for (const command of refused) { this.pending.push(command); this.keep(command); }
    this.pump();
  }

  pump() {
    if (!this.pending.length || this.sent || !this.place) return;
    this.sent = this.pending[0].cid;
    this.post();
    this.timers.push(setTimeout(() => { this.late = true; this.on.late(this.pending.length); }, LATE_MS));
    this.timers.push(setInterval(() => this.post(), AGAIN_MS));
  }

  post() {
    const { moves: _, ...command } = this.pending[0];
    this.model.send({ type: "do", command }, { iopub: { status: (/** @type {any} */ told) => this.nudge(told) } });
  }

  /**
   * Send a word that asks for nothing as soon as the kernel has said that it is busy. The notebook's server leaves
   * Nagle's algorithm on: it holds the answer back until this browser has acknowledged that "busy", for which browsers
   * take up to 40 ms, unless something of their own is to be sent: the acknowledgement then rides on it.
   * @param {any} told a status message of the kernel
   */
  nudge(told) {
    if (told.content.execution_state === "busy") this.model.send({ type: "nudge" });
  }

  calm() {
    for (const timer of this.timers.splice(0)) clearTimeout(timer);
    this.sent = "";
    this.late = false;
  }

  /** @param {any} message */
  hear(message) {
    if (message.type === "state") this.state(message);
    else if (message.type === "ack") this.ack(message);
    else if (message.type === "nack") this.nack(message);
    else if (message.type === "found") this.on.found(message);
    else if (message.type === "trouble") this.on.trouble(message.error);
  }

  /** @param {any} message */
  state(message) {
    const first = !this.place;
    const { store, session, coder } = message.view;
    this.place = `stepmark:${store}:${session}:${coder}:`;
    if (first) this.pending = [...this.kept().filter(old => !this.pending.some(c => c.cid === old.cid)), ...this.pending];
    this.on.state(message, first);
    this.pump();
  }

  /** @param {any} message */
  ack(message) {
    const place = this.pending.findIndex(command => command.cid === message.cid);
    if (place >= 0) {
      this.forget(this.pending.splice(place, 1)[0]);
      if (this.sent === message.cid) this.calm();
    }
    this.on.ack(message);
    this.pump();
  }

  /** @param {any} message */
  nack(message) {
    if (!this.pending.some(command => command.cid === message.cid)) return;
    this.calm();
    this.refused = this.pending.splice(0); // what came after it was meant for a screen that is not so
    this.refused.forEach(command => this.forget(command));
    this.on.nack(message, this.refused.length);
  }

  // The journal: one entry a command, so that two pages on one session do not overwrite each other's.

  /** @param {Command} command */
  keep(command) {
    if (!this.place) return;
    try {
      localStorage.setItem(this.place + command.cid, JSON.stringify({ at: Date.now() + this.order++ / 1000, command }));
    } catch { /* no room or not allowed: then the page alone keeps it, and the line still says NOT SAVED */ }
  }

  /** @param {Command} command */
  forget(command) {
    try { localStorage.removeItem(this.place + command.cid); } catch { /* as above */ }
  }

  /** @returns {Command[]} */
  kept() {
    try {
      return Object.keys(localStorage)
        .filter(key => key.startsWith(this.place))
        .map(key => JSON.parse(localStorage.getItem(key) ?? "null"))
        .filter(Boolean)
        .sort((a, b) => a.at - b.at)
        .map(entry => entry.command);
    } catch { return []; }
  }
}

// The screen --------------------------------------------------------------------------------------------------------

export class Screen {
  /** @param {any} model @param {HTMLElement} el */
  constructor(model, el) {
    /** @type {any} */ this.view = null;
    /** @type {Map<string, any>} */ this.book = new Map();
    /** @type {Map<number, HTMLElement>} */ this.nodes = new Map();
    /** @type {Map<string, any>} */ this.memory = new Map();
    /** @type {Span[]} */ this.stops = [];
    this.card = "";
    this.asked = "";
    /** @type {HTMLTextAreaElement | null} */ this.noteField = null;
    /** @type {{key: string, shiftKey: boolean}[]} */ this.held = [];
    /** @type {null | {step: string, span: Span, edge: number, at: Span}} */ this.drag = null;
    /** @type {number?} */ this.caret = null;
    /** @type {number?} */ this.anchor = null;
    /** @type {null | {step: string, span: Span?}} */ this.chosen = null;
    this.jumped = false;
    /** @type {Range[]} */ this.hits = [];
    this.hit = -1;
    /** @type {[string, number][]} the conversations that hold the words searched for */ this.holding = [];
    this.wanted = "";
    /** @type {number?} the place where the search began, once it has led to another */ this.home = null;
    this.looking = 0;
    /** Whether the latest key was pressed elsewhere, or none yet. */ this.away = true;
    this.head = h("header", { class: "sm-top" });
    this.list = h("div", { class: "sm-turns", role: "list", "aria-label": "Conversation" });
    this.field = /** @type {HTMLInputElement} */ (h("input", { class: "sm-field", type: "search", "aria-label": "Search all conversations", placeholder: "Search; Enter goes on, also to other conversations; Esc comes back", dir: "auto" }));
    this.field.addEventListener("input", () => this.findHits());
    this.found = h("span", { class: "sm-found", role: "status" });
    this.search = h("div", { class: "sm-search", role: "search", hidden: true }, this.field, this.found);
    this.scroll = h("div", { class: "sm-scroll" }, this.list);
    this.side = h("aside", { class: "sm-side", "aria-label": "Codes" });
    this.status = h("div", { class: "sm-status", role: "status" });
    this.alert = h("div", { class: "sm-alert", role: "alert" });
    this.tools = h("div", { class: "sm-tools", role: "toolbar", "aria-label": "Actions", "data-rove": "" });
    this.help = h("div", { class: "sm-over", hidden: true });
    this.root = h("section", { class: "sm sm-coding", "aria-label": "Coding session" },
      this.head, this.alert, h("div", { class: "sm-main" }, h("div", { class: "sm-talk" }, this.search, this.scroll), this.side),
      h("footer", { class: "sm-foot" }, this.status, this.tools), this.help);
    this.listen();
    this.say("Waiting for the kernel …");
    el.append(this.root);
    this.line = new Line(model, {
      state: (/** @type {any} */ message, /** @type {boolean} */ first) => this.onState(message, first),
      ack: (/** @type {any} */ message) => this.onAck(message),
      nack: (/** @type {any} */ message, /** @type {number} */ n) => this.onNack(message, n),
      late: (/** @type {number} */ n) => this.onLate(n),
      found: (/** @type {any} */ message) => this.onFound(message),
      trouble: (/** @type {string} */ words) => this.alarm(words, false, "Out of reach"),
    });
  }

  stop() {
    window.removeEventListener("keydown", this.onKey, true);
    this.line.stop();
    this.root.remove();
    this.clearHits();
  }

  /** Forget the cursor, the selection and the chosen mark. */
  unplace() {
    this.caret = this.anchor = this.chosen = null;
    this.jumped = false;
    this.asked = "";
  }

  // What is there ---------------------------------------------------------------------------------------------------

  /** @returns {Turn | undefined} the turn to decide */
  get turn() { return this.view?.turns.find((/** @type {Turn} */ turn) => turn.active); }
  get verify() { return this.view?.mode === "verify"; }
  get ruling() { return this.view?.mode === "adjudicate"; }
  /** The steps on which coders differ in the turn to decide, undecided ones first asked for. @returns {string[]} */
  get disputes() { return Object.keys(this.turn?.votes ?? {}); }
  /** The ruling on a step: yes, no, or none yet. @param {Turn} turn @param {string} step */
  ruled(turn, step) { return step in turn.marks.yes ? "yes" : turn.marks.no.includes(step) ? "no" : ""; }
  /** The step in dispute that the next ruling is about. */
  get dispute() {
    if (!this.turn || !this.disputes.length) return "";
    if (this.disputes.includes(this.asked)) return this.asked;
    const turn = this.shown(this.turn);
    return this.disputes.find(step => !this.ruled(turn, step)) ?? this.disputes[0];
  }
  /** @returns {string[]} */
  get steps() { return this.view.codes.map((/** @type {Code} */ code) => code.id); }
  /** @param {string} id @returns {any} */
  code(id) { return this.book.get(id) ?? this.view.codes.find((/** @type {Code} */ c) => c.id === id); }
  /** @param {string} id */
  label(id) { return this.code(id)?.label ?? id; }

  /** A turn as it stands once everything under way has been done. @param {Turn} turn @returns {Turn & {pending: boolean}} */
  shown(turn) {
    const mine = this.line.pending.filter(command => command.position === turn.position && turn.position !== null);
    const now = mine.reduce((was, command) => ({ ...was, ...after(was, command, this.steps, this.verify) }), turn);
    return { ...now, pending: mine.length > 0 };
  }

  /** The marks of a turn in reading order, one entry a span; without a span, the code is meant for the whole turn.
   * @param {{marks: Marks}} turn @returns {{step: string, span: Span?}[]} */
  placed(turn) {
    const all = Object.entries(turn.marks.yes).flatMap(([step, spans]) =>
      (spans.length ? spans : [null]).map(span => ({ step, span })));
    return all.sort((a, b) => (a.span?.[0] ?? -1) - (b.span?.[0] ?? -1) || (b.span?.[1] ?? 0) - (a.span?.[1] ?? 0));
  }

  /** The selected words in code points, or null. @returns {Span?} */
  get selection() {
    if (this.anchor === null || this.caret === null) return null;
    const [from, to] = [Math.min(this.anchor, this.caret), Math.max(this.anchor, this.caret)];
    return [this.stops[from][0], this.stops[to][1]];
  }

  // Answers ---------------------------------------------------------------------------------------------------------

  /** @param {any} message @param {boolean} first */
  onState(message, first) {
    if (!first && message.view.number < this.view.number) return;
    const asIs = !first && message.view.number === this.view.number && !message.looked;
    this.book = new Map(message.codebook.map((/** @type {Code} */ code) => [code.id, code]));
    if (asIs) return;
    const by = this.looking;
    this.looking = 0;
    this.take(message.view);
    if (first && this.verify && this.steps.length) this.card = this.steps[0];
    this.paint(by || 1);
    if (first) this.say(`Press ${this.view.keys.help} for the keys`);
    if (first && this.line.pending.length) this.say(`Sending ${count(this.line.pending.length)} kept in this browser`);
    this.root.dataset.ready = "1";
  }

  /** @param {any} message */
  onAck(message) {
    const { view, turns, interaction, ...standing } = message;
    if (view) {
      this.take(view);
      this.paint();
    } else if (interaction !== this.view.interaction?.id) this.line.hello(); // a search has led on meanwhile
    else {
      const moved = message.position !== this.view.position;
      const fresh = new Map(turns.map((/** @type {Turn} */ turn) => [turn.turn, turn]));
      Object.assign(this.view, standing);
      this.view.turns = this.view.turns.map((/** @type {Turn} */ turn) => fresh.get(turn.turn) ?? turn);
      if (moved) { this.unplace(); this.noteField = null; }
      this.repaint([...fresh.keys()], moved);
    }
    if (this.bad && !this.line.pending.length) this.alarm("");
    if (!this.line.pending.length) this.say(this.doing ? `Saved: ${this.doing}` : "Saved");
    this.root.dataset.lastAck = message.cid;
    this.root.dispatchEvent(new CustomEvent("stepmark-saved", { detail: message, bubbles: true }));
    this.release();
  }

  /** @param {any} message @param {number} n */
  onNack(message, n) {
    this.held = [];
    this.unplace();
    this.paint();
    const more = n > 1 ? ` The last ${n} key presses were taken back.` : " The key press was taken back.";
    this.say("");
    this.alarm(`${message.error}${more}`, true);
  }

  /** @param {number} n */
  onLate(n) {
    this.held = [];
    this.alarm(`${count(n)} ${n === 1 ? "waits" : "wait"} for the kernel. ${n === 1 ? "It is" : "They are"} kept in this browser and sent again.`);
    this.say("");
    this.paintActive();
  }

  /** @param {any} view */
  take(view) {
    if (view.interaction?.id !== this.view?.interaction?.id || view.position !== this.view?.position) { this.unplace(); this.noteField = null; }
    this.view = view;
  }

  /** Do what was typed while another turn was on its way. */
  release() {
    while (this.held.length && !this.line.moving) this.act(/** @type {any} */ (this.held.shift()));
  }

  /** @param {Object<string, any>} command @param {string} doing what it does, in words */
  send(command, doing) {
    const position = this.view.position;
    this.home = null;
    this.doing = doing;
    this.line.push({ ...command, position, ...(this.verify && command.do === "decide" ? { moves: true } : {}) });
    this.say(`Saving: ${doing}`);
    if (this.turn) this.repaint([this.turn.turn], false);
  }

  // Keys ------------------------------------------------------------------------------------------------------------

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!event.composedPath().includes(this.root)) { this.away = true; return; }
    if (event.isComposing) return;
    const composed = event.getModifierState("AltGraph");
    if ((event.ctrlKey || event.metaKey || event.altKey) && !composed) return; // the notebook's and the browser's
    if (this.away) this.root.scrollIntoView({ block: "nearest" }); // once, so that codes and buttons are in sight
    this.away = false;
    event.stopPropagation(); // "x" would cut the cell, "dd" delete it, Shift+Enter run it
    if (!this.view) return;
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    if (event.key === "Tab") { if (!this.help.hidden) event.preventDefault(); return; } // the help keeps the focus
    if (target.closest("input, textarea")) return this.onField(event);
    if (!this.help.hidden) {
      if (["Escape", this.view.keys.help].includes(event.key)) { event.preventDefault(); this.showHelp(false); }
      return;
    }
    const group = target.closest("[data-rove]");
    if (group && this.rove(/** @type {HTMLElement} */ (group), target, event)) return;
    if (target.closest("button") && ["Enter", " "].includes(event.key)) return; // the button's own click
    if (event.repeat && !/^Arrow(Left|Right)$|^[()<>]$/.test(event.key)) return event.preventDefault();
    if (this.line.moving && !["Escape"].includes(event.key)) {
      event.preventDefault();
      if (!this.line.late && this.held.length < 20) this.held.push({ key: event.key, shiftKey: event.shiftKey });
      return;
    }
    if (this.act(event)) event.preventDefault();
  }

  /** Arrows move the focus within a group of buttons. @param {HTMLElement} group @param {HTMLElement} target
   * @param {KeyboardEvent} event */
  rove(group, target, event) {
    if (event.key === " " && target.dataset.step) { event.preventDefault(); this.showCard(target.dataset.step); return true; }
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return false;
    event.preventDefault();
    const buttons = /** @type {HTMLElement[]} */ ([...group.querySelectorAll("button:not([disabled])")]);
    const next = buttons[(buttons.indexOf(target) + step + buttons.length) % buttons.length];
    buttons.forEach(button => button.setAttribute("tabindex", button === next ? "0" : "-1"));
    next?.focus();
    return true;
  }

  /** Whether the turn to decide is written from right to left: arrows then move as the eye does. */
  get rightToLeft() {
    const text = this.list.querySelector(".sm-active .sm-text");
    return text !== null && getComputedStyle(text).direction === "rtl";
  }

  /** Whether the key meant something. @param {{key: string, shiftKey: boolean}} event */
  act({ key, shiftKey }) {
    const command = Object.keys(this.view.keys).find(name => this.view.keys[name] === key);
    if (command && !(["yes", "no"].includes(command) && !this.verify)) { this.command(command); return true; }
    if (key === "!" && this.line.refused.length) { this.tryAgain(); return true; }
    if (key === "Escape") { this.escape(); return true; }
    if (!this.turn) return false;
    const code = this.view.codes.find((/** @type {Code} */ c) => c.key && c.key === key);
    if (code && !this.verify) { this.toggle(code.id); return true; }
    const edge = { "(": [0, -1], ")": [0, 1], "<": [1, -1], ">": [1, 1] }[key];
    if (edge) { this.adjust(edge[0], edge[1]); return true; }
    switch (key) {
      case "ArrowLeft": this.step(this.rightToLeft ? 1 : -1, shiftKey); return true;
      case "ArrowRight": this.step(this.rightToLeft ? -1 : 1, shiftKey); return true;
      case "Home": this.step(-Infinity, shiftKey); return true;
      case "End": this.step(Infinity, shiftKey); return true;
      case ",": if (this.ruling) this.nextDispute(); else this.nextMark(); return true;
      case "+": if (this.ruling) this.rule("yes"); return this.ruling;
      case "-": if (this.ruling) this.rule("no"); else this.remove(); return true;
      case "Delete": this.remove(); return true;
      case " ": this.showCard(this.card ? "" : this.underCursor()); return true;
      default: return false;
    }
  }

  /** @param {string} name */
  command(name) {
    const at = this.turn ? `turn ${this.turn.turn}` : "";
    switch (name) {
      case "search": return this.showSearch(true);
      case "help": return this.showHelp(true);
      case "undo": return this.view.can_undo || this.line.pending.length ? this.send({ do: "undo" }, "undone") : this.say("Nothing left to undo");
      case "back": return this.send({ do: "back" }, "one back");
      case "forward": return this.send({ do: "forward" }, "one on");
    }
    if (!this.turn) return this.say("All turns are done; go back or undo to change one");
    switch (name) {
      case "accept": if (this.stillOpen()) return; return this.verify ? this.say("Yes or no?") : this.send({ do: "accept" }, `${at} accepted`);
      case "yes": case "no":
        return this.send({ do: "decide", step: this.steps[0], decision: name }, `${at}, ${this.label(this.steps[0])}: ${name}`);
      case "skip": return this.send({ do: "skip" }, `${at} put aside`);
      case "note": return this.showNote();
      case "unsure": return this.doubt();
    }
  }

  /** Whether something is in dispute still; says so. */
  stillOpen() {
    const turn = this.shown(/** @type {Turn} */ (this.turn)), open = this.disputes.filter(step => !this.ruled(turn, step));
    if (open.length) this.say(`Still in dispute: ${open.map(step => this.label(step)).join(", ")}`);
    return open.length > 0;
  }

  /** Rule on the step in dispute, and go to the next. @param {string} decision @param {string} step */
  rule(decision, step = this.dispute) {
    if (!step) return this.say("Nothing is in dispute here");
    this.asked = "";
    this.send({ do: "decide", step, decision }, `${this.label(step)}: ${decision}`);
  }

  nextDispute() {
    const all = this.disputes;
    this.asked = all[(all.indexOf(this.dispute) + 1) % all.length] ?? "";
    this.paintSide();
    this.say(`${this.label(this.asked)}: ${this.votesInWords(this.asked)}`);
  }

  /** @param {string} step */
  votesInWords(step) {
    return Object.entries(this.turn?.votes?.[step] ?? {}).map(([coder, vote]) => `${coder} says ${vote}`).join(", ");
  }

  doubt() {
    const turn = this.shown(/** @type {Turn} */ (this.turn)), step = this.chosen?.step;
    const unsure = !turn.marks.unsure.includes(step ?? "*");
    this.send({ do: "unsure", unsure, ...(step ? { step } : {}) },
      `${unsure ? "unsure" : "no longer unsure"} of ${step ? this.label(step) : `turn ${turn.turn}`}`);
  }

  /** A code's key: at the selected words if there are any, else for the turn. @param {string} step */
  toggle(step) {
    const turn = this.shown(/** @type {Turn} */ (this.turn)), chosen = this.selection, spans = turn.marks.yes[step];
    this.last = step;
    if (this.card) this.card = step;
    if (!chosen) {
      const decision = spans ? "no" : "yes";
      this.unplace();
      return this.send({ do: "decide", step, decision }, `${this.label(step)}: ${decision}`);
    }
    const [start_char, end_char] = chosen;
    const old = (spans ?? []).find(span => span[0] < end_char && start_char < span[1]);
    this.anchor = null;
    this.chosen = { step, span: chosen };
    if (!old) return this.send({ do: "add", step, start_char, end_char }, `${this.label(step)} added`);
    if (same(old, chosen)) return this.remove();
    this.change(step, old, chosen);
  }

  /** @param {string} step @param {Span} old @param {Span} now */
  change(step, old, now) {
    this.chosen = { step, span: now };
    this.send({ do: "change", step, start_char: old[0], end_char: old[1], new_start_char: now[0], new_end_char: now[1] },
      `${this.label(step)} now on “${Array.from(/** @type {Turn} */ (this.turn).text).slice(...now).join("")}”`);
  }

  remove() {
    const mark = this.chosen ?? this.markAt(this.caret);
    if (!mark) return this.say("No mark at the cursor; press , to go to one");
    this.unplace();
    const doing = `${this.label(mark.step)} taken away`;
    if (!mark.span) return this.send({ do: "decide", step: mark.step, decision: "no" }, doing);
    this.send({ do: "remove", step: mark.step, start_char: mark.span[0], end_char: mark.span[1] }, doing);
  }

  /** Move one edge of the mark at the cursor by a word. @param {number} edge 0 start, 1 end @param {number} by */
  adjust(edge, by) {
    const mark = this.chosen ?? this.markAt(this.caret);
    if (!mark) return this.say("No mark at the cursor; press , to go to one");
    if (!mark.span) return this.say(`${this.label(mark.step)} is meant for the whole turn; select words and press its key`);
    const edges = this.stops.map(stop => stop[edge]), old = mark.span[edge];
    const to = by > 0 ? edges.find(place => place > old) : edges.filter(place => place < old).pop();
    const now = /** @type {Span} */ (edge ? [mark.span[0], to] : [to, mark.span[1]]);
    if (to === undefined || now[0] >= now[1]) return this.say("The mark can go no further");
    this.change(mark.step, mark.span, now);
  }

  /** Move the cursor by words; with Shift, select. @param {number} by @param {boolean} selecting */
  step(by, selecting) {
    if (!this.stops.length) return;
    const was = this.caret, last = this.stops.length - 1;
    const next = was === null ? (by > 0 && by !== Infinity ? 0 : by < 0 && by !== -Infinity ? last : by < 0 ? 0 : last) : Math.max(0, Math.min(last, was + by));
    this.jumped = false;
    if (selecting && this.anchor === null) this.anchor = was ?? next;
    if (!selecting) this.anchor = null;
    this.caret = next;
    this.chosen = this.anchor === null ? this.markAt(next) : null;
    this.afterStep();
  }

  afterStep() {
    const words = Array.from(/** @type {Turn} */ (this.turn).text);
    const chosen = this.selection;
    if (chosen) this.say(`Selected: “${words.slice(...chosen).join("")}”`);
    else if (this.chosen) this.say(`${this.label(this.chosen.step)}: “${this.chosen.span ? words.slice(...this.chosen.span).join("") : "the whole turn"}”`);
    else if (this.caret !== null) this.say(words.slice(...this.stops[this.caret]).join(""));
    if (this.card && this.chosen) this.card = this.chosen.step;
    this.repaint([/** @type {Turn} */ (this.turn).turn], false);
  }

  /** The shortest mark over a stop of the cursor. @param {number?} caret */
  markAt(caret) {
    if (caret === null || !this.turn || !this.stops[caret]) return null;
    const [start, end] = this.stops[caret];
    const over = this.placed(this.shown(this.turn)).filter(({ span }) => span && span[0] < end && start < span[1]);
    return over.sort((a, b) => size(a.span) - size(b.span))[0] ?? null;
  }

  nextMark() {
    const marks = this.placed(this.shown(/** @type {Turn} */ (this.turn)));
    if (!marks.length) return this.say("This turn has no marks");
    const now = marks.findIndex(m => m.step === this.chosen?.step && String(m.span) === String(this.chosen?.span));
    const next = (this.chosen = marks[(now + 1) % marks.length]);
    this.anchor = null;
    this.jumped = true;
    this.caret = next.span ? this.stops.findIndex(stop => stop[1] > /** @type {Span} */ (next.span)[0]) : null;
    this.afterStep();
  }

  underCursor() {
    const marks = this.turn ? this.placed(this.shown(this.turn)) : [];
    return this.chosen?.step ?? this.markAt(this.caret)?.step ?? this.last ?? marks[0]?.step ?? this.steps[0] ?? "";
  }

  escape() {
    if (this.card && !this.verify) this.showCard("");
    else if (this.selection || this.caret !== null || this.chosen) { this.unplace(); this.paintActive(); }
    this.focusTurn();
  }

  tryAgain() { this.alarm(""); this.line.again(); this.paint(); this.focusTurn(); }

  // Mouse -----------------------------------------------------------------------------------------------------------

  /** @param {PointerEvent} event @returns {number?} the stop of the cursor under the pointer */
  stopUnder(event) {
    const page = /** @type {any} */ (this.root.getRootNode());
    const word = page.elementFromPoint(event.clientX, event.clientY)?.closest?.("[data-stop]");
    return word && this.root.contains(word) ? Number(word.dataset.stop) : null;
  }

  /** @param {PointerEvent} event */
  onPointer(event) {
    if (event.type === "pointerdown" && event.button === 0) {
      const target = /** @type {HTMLElement} */ (event.target);
      const handle = /** @type {HTMLElement?} */ (target.closest("[data-edge]"));
      const at = this.stopUnder(event);
      if (handle && this.chosen?.span) {
        this.drag = { ...this.chosen, span: this.chosen.span, edge: Number(handle.dataset.edge), at: this.chosen.span };
      } else if (at !== null && target.closest(".sm-active .sm-text")) {
        this.selecting = true;
        this.jumped = false;
        this.anchor = event.shiftKey && this.caret !== null ? this.caret : at;
        this.caret = at;
        this.pressed = at;
      } else return;
      event.preventDefault();
      this.focusTurn();
      if (!this.drag) this.afterStep();
    } else if (event.type === "pointermove" && (this.drag || this.selecting)) {
      const at = this.stopUnder(event);
      if (at === null) return;
      if (this.drag) {
        const { span, edge } = this.drag, place = this.stops[at][edge];
        const now = /** @type {Span} */ (edge ? [span[0], place] : [place, span[1]]);
        if (now[0] < now[1] && !same(now, this.drag.at)) { this.drag.at = now; this.paintActive(); }
      } else if (at !== this.caret) { this.caret = at; this.chosen = null; this.afterStep(); }
    } else if (event.type === "pointerup" || event.type === "pointercancel") {
      const drag = this.drag;
      this.drag = null;
      if (drag && !same(drag.span, drag.at)) this.change(drag.step, drag.span, drag.at);
      else if (this.selecting && this.anchor === this.caret) {
        this.anchor = null;
        this.chosen = this.markAt(this.caret);
        this.afterStep();
      }
      this.selecting = false;
    }
  }

  /** A click on another turn goes there. @param {MouseEvent} event */
  onClick(event) {
    const node = /** @type {HTMLElement} */ (event.target).closest("[data-position]");
    if (!node || this.line.moving) return;
    const to = Number(/** @type {HTMLElement} */ (node).dataset.position);
    if (to !== this.view.position) this.send({ do: "go", to }, "another turn");
    this.focusTurn();
  }

  // Fields and overlays ---------------------------------------------------------------------------------------------

  /** @param {KeyboardEvent} event a key in the note or in the search field */
  onField(event) {
    const field = /** @type {HTMLInputElement} */ (event.target), noting = field.classList.contains("sm-note-field");
    if (event.key === "Escape") { event.preventDefault(); return noting ? this.paintActive(true) : this.showSearch(false); }
    if (noting && event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.noteField = null;
      this.send({ do: "note", note: field.value.trim() }, field.value.trim() ? "noted" : "note taken back");
      this.focusTurn();
    } else if (!noting && ["Enter", "ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      this.nextHit(event.key === "ArrowUp" || event.shiftKey ? -1 : 1);
    }
  }

  /** The field is one element for as long as it is open: answers that come meanwhile must not take words away. */
  showNote() {
    const turn = this.shown(/** @type {Turn} */ (this.turn));
    this.noteField = /** @type {HTMLTextAreaElement} */ (h("textarea", { class: "sm-field sm-note-field", "aria-label": "Note on this turn", placeholder: "Note; Enter saves, Esc leaves", rows: "2", dir: "auto" }));
    this.noteField.value = turn.marks.note;
    this.paintActive();
    this.noteField.focus();
  }

  /** Esc in the field comes back to where the search began. @param {boolean} open */
  showSearch(open) {
    this.search.hidden = !open;
    if (open) { this.field.focus(); this.field.select(); return this.findHits(); }
    this.clearHits();
    this.wanted = "";
    if (this.home !== null) this.lookAt(this.home, 0);
    this.home = null;
    this.focusTurn();
  }

  clearHits() {
    this.hits = [];
    this.hit = -1;
    if ("highlights" in CSS) { CSS.highlights.delete("stepmark-hits"); CSS.highlights.delete("stepmark-hit"); }
    this.found.textContent = "";
  }

  /** Mark the words searched for in the conversation on the screen, and ask which others hold them.
   * @param {number} by from which end: 1 first hit, -1 last hit */
  findHits(by = 1) {
    this.clearHits();
    const wanted = this.field.value.trim();
    if (wanted !== this.wanted) {
      this.holding = [];
      this.wanted = wanted;
      if (wanted) this.line.find(wanted);
    }
    if (!wanted) return;
    const pattern = new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "giu");
    for (const text of this.list.querySelectorAll(".sm-text")) {
      for (const match of (text.textContent ?? "").matchAll(pattern)) this.hits.push(range(text, match.index, match.index + match[0].length));
    }
    if ("highlights" in CSS) CSS.highlights.set("stepmark-hits", new Highlight(...this.hits));
    this.showHit(by > 0 ? 0 : this.hits.length - 1);
  }

  /** @param {any} message */
  onFound(message) {
    if (message.words !== this.wanted) return;
    this.holding = message.places;
    this.sayHits();
  }

  /** How many conversations hold the words, but for the one on the screen. */
  get others() { return this.holding.filter(([id]) => id !== this.view.interaction?.id).length; }

  sayHits() {
    const elsewhere = this.others ? `in ${this.others} other conversation${this.others > 1 ? "s" : ""}` : "";
    const here = this.hits.length ? `${this.hit + 1} of ${this.hits.length}` : elsewhere ? "not here" : "not found";
    this.found.textContent = this.wanted ? [here, elsewhere].filter(Boolean).join(" · ") : "";
  }

  /** @param {number} hit */
  showHit(hit) {
    this.hit = hit;
    this.sayHits();
    if (!this.hits[hit]) return;
    if ("highlights" in CSS) CSS.highlights.set("stepmark-hit", new Highlight(this.hits[hit]));
    this.reveal(this.hitTurn ?? this.list);
  }

  /** The turn of the hit that is shown. @returns {HTMLElement?} */
  get hitTurn() { return this.hits[this.hit]?.startContainer.parentElement?.closest(".sm-turn") ?? null; }

  /** To the next hit, or after the last one here to the next conversation that has any. @param {number} by */
  nextHit(by) {
    const to = this.hit + by, n = this.hits.length;
    if (to >= 0 && to < n) this.showHit(to);
    else if (this.others) this.lookOn(by);
    else if (n) this.showHit((to + n) % n);
  }

  /** To the next conversation that holds the words. @param {number} by */
  lookOn(by) {
    const n = this.holding.length, id = this.view.interaction?.id, here = this.holding.findIndex(([other]) => other === id);
    const after = this.holding.findIndex(([, place]) => place > this.view.position);
    const next = here >= 0 ? here + by : by > 0 ? Math.max(after, 0) : (after < 0 ? n : after) - 1;
    this.home ??= this.view.position;
    this.lookAt(this.holding[(next + n) % n][1], by);
  }

  /** Show another place of the queue; the session stays where it is until something is decided there.
   * @param {number} position @param {number} by which hit to show there */
  lookAt(position, by) {
    this.looking = by || 1;
    this.line.look(position);
  }

  /** @param {boolean} open */
  showHelp(open) {
    this.help.hidden = !open;
    if (!open) return this.focusTurn();
    const own = this.ruling ? [...RULING_KEYS, ...OWN_KEYS.filter(([key]) => !",- or Delete".includes(key))] : this.verify ? OWN_KEYS.filter(([key]) => !key.startsWith("Shift")) : OWN_KEYS;
    const rows = Object.entries(this.view.keys).filter(([name]) => this.verify ? name !== "accept" : !["yes", "no"].includes(name))
      .map(([name, key]) => [KEY_NAMES[key] ?? key, COMMAND_WORDS[name] ?? name]);
    const close = h("button", { type: "button", class: "sm-button", onclick: () => this.showHelp(false) }, "Close");
    const table = h("dl", { class: "sm-keys" }, ...[...rows, ...own].map(([key, words]) =>
      h("div", {}, h("dt", {}, ...key.split(" ").map((/** @type {string} */ part) => part === "or" ? " or " : h("kbd", { class: "sm-key" }, part))), h("dd", {}, capital(words)))));
    this.help.replaceChildren(h("div", { class: "sm-sheet", role: "dialog", "aria-modal": "true", "aria-label": "Keys" },
      h("div", { class: "sm-title", role: "heading", "aria-level": "3" }, "Keys"),
      this.verify ? null : h("p", { class: "sm-facts" }, "A code’s key marks the turn, or the words selected; pressed again it takes the code away."),
      table, close));
    close.focus();
  }

  /** @param {string} step "" to close */
  showCard(step) {
    this.card = step;
    this.paintSide();
  }

  // Drawing ---------------------------------------------------------------------------------------------------------

  /** Hear keys and pointers, from the first moment on. */
  listen() {
    // On the window, before anyone else: JupyterLab listens on its way back up, Notebook 7 on the way down.
    this.onKey = this.onKey.bind(this);
    window.addEventListener("keydown", this.onKey, true);
    this.list.addEventListener("click", event => this.onClick(event));
    for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
      this.root.addEventListener(type, event => this.onPointer(/** @type {PointerEvent} */ (event)));
    }
  }

  /** @param {string} words */
  say(words) { this.status.textContent = words ? capital(words) : ""; }

  /** @param {string} words "" when all is well @param {boolean} again whether one can try again
   * @param {string} head */
  alarm(words, again = false, head = "NOT SAVED") {
    this.bad = Boolean(words);
    this.root.toggleAttribute("data-not-saved", this.bad);
    this.alert.replaceChildren(...(words ? [
      h("div", {}, h("strong", {}, `${head}: `), words),
      again ? h("button", { type: "button", class: "sm-button", "aria-keyshortcuts": "!", onclick: () => this.tryAgain() }, "Try again", kbd("!")) : "",
    ] : []));
  }

  /** Draw everything anew. @param {number} by which hit of a search to show: 1 the first, -1 the last */
  paint(by = 1) {
    const hadFocus = this.root.contains(document.activeElement) || this.root.matches(":focus-within");
    this.paintHead();
    this.paintTurns();
    this.paintSide();
    this.paintTools();
    this.settle(hadFocus);
    if (!this.search.hidden) this.findHits(by);
  }

  /** Draw some turns anew. @param {number[]} turns @param {boolean} moved */
  repaint(turns, moved) {
    const hadFocus = this.root.matches(":focus-within"), inside = this.list.matches(":focus-within");
    const writing = this.noteField?.matches(":focus") ? this.noteField : null;
    this.stops = this.turn ? stops(this.turn.text) : [];
    for (const turn of this.view.turns) {
      const old = turns.includes(turn.turn) && this.nodes.get(turn.turn);
      if (old) { const node = this.drawTurn(turn); old.replaceWith(node); this.nodes.set(turn.turn, node); }
    }
    this.paintHead();
    this.paintSide();
    this.paintTools();
    if (writing && writing === this.noteField) writing.focus({ preventScroll: true });
    else if (moved || inside) this.settle(hadFocus);
    if (!this.search.hidden) this.findHits();
  }

  /** @param {boolean} focus */
  paintActive(focus = false) {
    if (focus) this.noteField = null;
    if (this.turn) this.repaint([this.turn.turn], false);
    if (focus) this.focusTurn();
  }

  /** @param {boolean} focus */
  settle(focus) {
    const node = this.turn && this.nodes.get(this.turn.turn);
    if (node) this.reveal(node);
    if (focus && !this.search.matches(":focus-within") && this.help.hidden) this.focusTurn();
  }

  focusTurn() {
    if (this.noteField?.isConnected) return this.noteField.focus({ preventScroll: true });
    const node = (this.turn && this.nodes.get(this.turn.turn)) ?? this.list.querySelector("[tabindex='0']");
    /** @type {HTMLElement?} */ (node)?.focus({ preventScroll: true });
  }

  /** Scroll a turn into the middle of the conversation, and leave the notebook where it is. @param {HTMLElement} node */
  reveal(node) {
    const box = this.scroll.getBoundingClientRect(), it = node.getBoundingClientRect();
    const room = Math.max(24, (box.height - it.height) / 2);
    if (it.top < box.top + 24 || it.bottom > box.bottom - 24) this.scroll.scrollTop += it.top - box.top - room;
  }

  paintHead() {
    const { interaction, mode, coder, session, progress, pace, blind, finished } = this.view;
    const said = progress.done + progress.skipped;
    const facts = [interaction?.channel, interaction ? `${interaction.n_turns} turns` : null, `coder ${coder}`].filter(Boolean);
    const speed = [
      `${progress.done.toLocaleString("en")} of ${progress.total.toLocaleString("en")} done`,
      progress.skipped ? `${progress.skipped} put aside` : null,
      pace.turns_per_hour ? `${Math.round(pace.turns_per_hour).toLocaleString("en")} an hour` : null,
      pace.time_left_s ? `${inWords(pace.time_left_s)} left` : null,
    ].filter(Boolean).join(" · ");
    const tag = blind ? "no suggestions" : { correct: "correct the marks", verify: "one step: yes or no", interaction: "whole interaction", adjudicate: "coders differ: decide" }[/** @type {string} */ (mode)] ?? mode;
    this.root.setAttribute("aria-label", `Coding session ${session}, coder ${coder}`);
    this.head.replaceChildren(
      h("div", {}, h("div", { class: "sm-title", role: "heading", "aria-level": "3" }, finished ? "All done" : interaction.id),
        h("div", { class: "sm-facts" }, facts.join(" · "))),
      h("div", { class: "sm-standing" }, h("span", { class: "sm-tag" }, tag), h("span", { class: "sm-facts sm-speed" }, speed),
        h("progress", { class: "sm-progress", max: Math.max(1, progress.total), value: said, "aria-label": "Progress" })));
  }

  paintTurns() {
    this.nodes.clear();
    this.stops = this.turn ? stops(this.turn.text) : [];
    if (this.view.finished) {
      this.list.replaceChildren(h("div", { class: "sm-done", role: "listitem", tabindex: "0" },
        h("div", { class: "sm-title" }, `All ${this.view.progress.total.toLocaleString("en")} turns are done.`),
        h("div", { class: "sm-facts" }, "Everything is saved. Go back or undo to change a decision.")));
      return;
    }
    const all = document.createDocumentFragment();
    for (const turn of this.view.turns) {
      if ((turn.pause_s ?? 0) >= PAUSE_S) all.append(h("div", { class: "sm-pause", role: "listitem" }, `${inWords(turn.pause_s)} later`));
      const node = this.drawTurn(turn);
      this.nodes.set(turn.turn, node);
      all.append(node);
    }
    this.list.replaceChildren(all);
  }

  /** @param {Turn} confirmed @returns {HTMLElement} */
  drawTurn(confirmed) {
    const turn = this.shown(confirmed), { active, position } = confirmed;
    const state = turn.status === "done" ? "✓ done" : turn.status === "skipped" ? "put aside" : "";
    const doubt = turn.marks.unsure.includes("*") ? h("span", { class: "sm-flag" }, "? unsure") : null;
    const changed = turn.text_changed ? h("span", { class: "sm-flag" }, "its words have changed since it was coded") : null;
    const note = active && this.noteField ? this.noteField
      : turn.marks.note ? h("div", { class: "sm-note", dir: "auto" }, turn.marks.note) : null;
    return h("div", {
      class: `sm-turn sm-${turn.speaker}${active ? " sm-active" : ""}`, role: "listitem",
      tabindex: active ? "0" : null, "aria-current": active ? "true" : null,
      "data-turn": turn.turn, "data-position": position, "data-status": turn.status, "data-pending": turn.pending,
    },
    h("div", { class: "sm-meta" }, h("span", { class: "sm-who" }, capital(turn.speaker)), " ",
      turn.start_s === null ? null : h("span", { class: "sm-time" }, clock(turn.start_s)), " ",
      h("span", { class: "sm-no" }, `#${turn.turn}`), " ", state ? h("span", { class: "sm-state" }, state) : null, doubt, changed,
      h("span", { class: "sm-saving" }, this.line?.late ? "not saved" : "saving …")),
    h("div", { class: "sm-bubble" }, h("div", { class: "sm-text", dir: "auto" }, ...this.drawText(turn, active))),
    this.drawChips(turn, active), note);
  }

  /** The words of a turn, cut where marks and stops of the cursor begin and end. @param {Turn} turn @param {boolean} active */
  drawText(turn, active) {
    const letters = Array.from(turn.text), drag = active ? this.drag : null;
    const marks = this.placed(turn).filter(mark => mark.span)
      .map(mark => (drag && mark.step === drag.step && same(/** @type {Span} */ (mark.span), drag.span) ? { ...mark, span: drag.at, dragged: true } : mark));
    const spans = marks.map(mark => /** @type {Span} */ (mark.span)), lane = lanes(spans);
    const cuts = cutsOf([0, letters.length, ...spans.flat()], letters.length);
    return cuts.slice(0, -1).map((start, i) => {
      const end = cuts[i + 1];
      /** @type {any[]} */
      let inner = active ? this.drawWords(letters, start, end) : [letters.slice(start, end).join("")];
      const over = marks.map((_, k) => k).filter(k => spans[k][0] <= start && end <= spans[k][1]).sort((a, b) => lane[a] - lane[b]);
      for (const k of over) inner = [this.drawMark(marks[k], lane[k], inner, start === spans[k][0], end === spans[k][1], active)];
      return inner;
    }).flat();
  }

  /** A stretch of the turn to decide, each stop of the cursor an element of its own. @param {string[]} letters
   * @param {number} from @param {number} to */
  drawWords(letters, from, to) {
    const chosen = this.selection, inside = this.stops.flat().filter(place => from < place && place < to);
    const cuts = cutsOf([from, to, ...(chosen ?? []).filter(place => from < place && place < to), ...inside], to);
    return cuts.slice(0, -1).map((start, i) => {
      const end = cuts[i + 1], stop = this.stops.findIndex(word => word[0] <= start && end <= word[1]);
      const look = chosen && chosen[0] <= start && end <= chosen[1] ? "sm-picked" : stop >= 0 && stop === this.caret && !this.jumped ? "sm-caret" : null;
      return h("span", { class: look, "data-stop": stop >= 0 ? stop : null }, letters.slice(start, end).join(""));
    });
  }

  /** @param {any} mark @param {number} lane @param {any[]} inner @param {boolean} first @param {boolean} last @param {boolean} active */
  drawMark(mark, lane, inner, first, last, active) {
    const chosen = active && (mark.dragged || (this.chosen?.step === mark.step && String(this.chosen?.span) === String(mark.span)));
    const handle = (/** @type {number} */ edge) => h("span", { class: "sm-handle", "data-edge": edge, title: "Drag to move the edge" });
    return h("mark", { class: `sm-mark sm-lane-${lane}${chosen ? " sm-chosen" : ""}`, "data-stage": stageOf(this.code(mark.step)), "data-step": mark.step, title: this.label(mark.step) },
      chosen && first ? handle(0) : null, ...inner, chosen && last ? handle(1) : null);
  }

  /** @param {Turn} turn @param {boolean} active */
  drawChips(turn, active) {
    const steps = [...new Set(this.placed(turn).map(mark => mark.step))];
    if (!steps.length) return null;
    const chips = steps.map(step => {
      const open = turn.status === "open" && step in turn.suggested && !turn.marks.no.includes(step), code = this.code(step);
      const whole = turn.marks.yes[step].length === 0, unsure = turn.marks.unsure.includes(step);
      return h("span", { class: `sm-chip${open ? " sm-suggested" : ""}${active && this.chosen?.step === step ? " sm-chosen" : ""}`, role: "listitem", "data-stage": stageOf(code), "data-step": step, title: open ? "The rules suggest it; nothing is decided yet" : null },
        active && code?.key && !this.verify ? kbd(code.key) : null, glyph(stageOf(code)), this.label(step),
        whole ? h("span", { class: "sm-small" }, "whole turn") : null, unsure ? h("span", { class: "sm-small" }, "? unsure") : null);
    });
    return h("div", { class: "sm-chips", role: "list", "aria-label": turn.status === "open" ? "Marked, not decided yet" : "Decided" }, ...chips);
  }

  paintSide() {
    if (!this.view || this.view.finished) return this.side.replaceChildren();
    const focused = this.side.matches(":focus-within") ? /** @type {HTMLElement} */ (document.activeElement)?.dataset.step : null;
    this.side.replaceChildren(...(this.verify ? [this.drawQuestion()] : this.ruling ? [this.drawDisputes()] : [this.drawCodes()]), this.drawCard());
    const now = /** @type {HTMLElement?} */ (this.side.querySelector(".sm-now")), list = now?.parentElement;
    if (now && list) list.scrollTop = now.offsetTop - list.offsetTop - 60;
    if (focused) /** @type {HTMLElement?} */ (this.side.querySelector(`button[data-step="${CSS.escape(focused)}"]`))?.focus();
  }

  drawQuestion() {
    const step = this.steps[0], answer = (/** @type {string} */ name, /** @type {string} */ words) =>
      h("button", { type: "button", class: "sm-button sm-answer", "aria-keyshortcuts": this.view.keys[name], onclick: () => { this.command(name); this.focusTurn(); } }, words, kbd(this.view.keys[name]));
    return h("div", { class: "sm-question" },
      h("div", { class: "sm-facts" }, "Does the turn show"),
      h("div", { class: "sm-title", role: "heading", "aria-level": "4", "data-stage": stageOf(this.code(step)) }, glyph(stageOf(this.code(step))), ` ${this.label(step)}?`),
      h("div", { class: "sm-answers", role: "group", "aria-label": "Answer", "data-rove": "" }, answer("yes", "Yes"), answer("no", "No")));
  }

  drawDisputes() {
    const turn = this.shown(/** @type {Turn} */ (this.turn)), now = this.dispute;
    const coders = [...new Set(this.disputes.flatMap(step => Object.keys(turn.votes?.[step] ?? {})))];
    const choice = (/** @type {string} */ step, /** @type {string} */ decision, /** @type {string} */ key) => h("button", {
      type: "button", class: "sm-button sm-choice", "data-step": step, "aria-pressed": String(this.ruled(turn, step) === decision),
      "aria-label": `${this.label(step)}: ${decision}`, "aria-keyshortcuts": step === now ? key : null, tabindex: step === now ? "0" : "-1",
      onclick: () => { this.rule(decision, step); this.focusTurn(); },
    }, decision, step === now ? kbd(key) : null);
    const vote = (/** @type {string} */ step, /** @type {string} */ coder) => {
      const said = turn.votes?.[step]?.[coder];
      return h("div", { class: `sm-vote sm-vote-${said ?? "none"}` }, h("span", { class: "sm-small" }, coder), said ?? "–");
    };
    return h("div", { class: "sm-disputes", role: "group", "aria-label": "Where coders differ", "data-rove": "" },
      h("div", { class: "sm-facts" }, "The coders differ. What holds?"),
      ...this.disputes.map(step => h("div", { class: `sm-dispute${step === now ? " sm-now" : ""}`, "data-stage": stageOf(this.code(step)), "aria-current": step === now ? "true" : null },
        h("div", { class: "sm-card-title" }, glyph(stageOf(this.code(step))), " ", this.label(step)),
        h("div", { class: "sm-votes" }, ...coders.map(coder => vote(step, coder))),
        h("div", { class: "sm-rulings" }, choice(step, "yes", "+"), choice(step, "no", "-")))));
  }

  drawCodes() {
    const turn = this.turn ? this.shown(this.turn) : null;
    let first = true;
    const sections = byStage(this.view.codes).map(([stage, codes]) =>
      h("div", { class: "sm-section", role: "group", "aria-label": stage, "data-stage": stage },
        h("div", { class: "sm-stage" }, glyph(stage), " ", stage),
        ...codes.map(code => {
          const button = h("button", {
            type: "button", class: "sm-code", "data-step": code.id, "aria-pressed": String(Boolean(turn && code.id in turn.marks.yes)),
            "aria-keyshortcuts": code.key || null, tabindex: first ? "0" : "-1",
            onclick: () => { this.toggle(code.id); this.focusTurn(); },
            onfocus: () => this.peek(code.id), onpointerenter: () => this.peek(code.id),
          }, kbd(code.key), h("span", {}, code.label));
          first = false;
          return button;
        })));
    return h("div", { class: "sm-codes", "data-rove": "" }, h("div", { class: "sm-columns" }, ...sections));
  }

  /** While a definition is open, it follows the pointer and the focus. @param {string} step */
  peek(step) {
    if (!this.card || this.card === step) return;
    this.card = step;
    this.side.querySelector(".sm-card")?.replaceWith(this.drawCard());
  }

  drawCard() {
    const step = this.ruling ? this.dispute : this.card, code = step && this.code(step);
    if (!code) return h("div", { class: "sm-card sm-hint" }, kbd(" "), h("span", {}, "shows what a code means"));
    const list = (/** @type {string} */ title, /** @type {string[]} */ phrases) => phrases?.length
      ? h("div", {}, h("div", { class: "sm-stage" }, title), h("ul", { class: "sm-phrases" }, ...phrases.slice(0, 6).map(phrase => h("li", { dir: "auto" }, phrase))))
      : null;
    return h("div", { class: "sm-card", role: "status", tabindex: "0", "aria-label": `What ${code.label} means`, "data-stage": stageOf(code) },
      this.verify ? null : h("div", { class: "sm-card-title" }, glyph(stageOf(code)), " ", code.label),
      h("p", { dir: "auto" }, code.definition ?? ""), list("Counts", code.counts), list("Does not count", code.does_not_count));
  }

  paintTools() {
    const focused = this.tools.matches(":focus-within") ? /** @type {HTMLElement} */ (document.activeElement)?.dataset.command : null;
    const names = ["accept", "undo", "back", "forward", "unsure", "note", "skip", "search", "help"]
      .filter(name => !(this.verify && name === "accept") && this.view.keys[name]);
    /** @type {Object<string, string>} */
    const words = { accept: "Accept", undo: "Undo", skip: "Put aside", unsure: "Unsure", note: "Note", back: "Back", forward: "Forward", search: "Search", help: "Help" };
    this.tools.replaceChildren(...names.map((name, i) => h("button", {
      type: "button", class: `sm-button${name === "accept" ? " sm-first" : ""}`, "data-command": name, "aria-keyshortcuts": this.view.keys[name],
      tabindex: i ? "-1" : "0", onclick: () => { if (!this.line.moving) this.command(name); if (!["note", "search", "help"].includes(name)) this.focusTurn(); },
    }, words[name], kbd(this.view.keys[name]))));
    if (focused) /** @type {HTMLElement?} */ (this.tools.querySelector(`[data-command="${focused}"]`))?.focus();
  }
}

/** Where to cut, in order and once each. @param {number[]} places @param {number} last */
const cutsOf = (places, last) => [...new Set(places)].filter(place => place <= last).sort((a, b) => a - b);
/** @param {Span?} span */
const size = span => (span ? span[1] - span[0] : Infinity);
/** @param {number} n */
const count = n => (n === 1 ? "1 decision" : `${n} decisions`);

/** A range over part of an element's text, in UTF-16 units. @param {Element} element @param {number} start @param {number} end */
function range(element, start, end) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), found = document.createRange();
  let at = 0, begun = false;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = /** @type {Text} */ (node).length;
    if (!begun && start < at + length) { found.setStart(node, start - at); begun = true; }
    if (end <= at + length) { found.setEnd(node, end - at); break; }
    at += length;
  }
  return found;
}

/** @param {{model: any, el: HTMLElement}} context */
function render({ model, el }) {
  const screen = new Screen(model, el);
  return () => screen.stop();
}

export default { render };
