"use strict";
// Highlights a network in all figures, shows the values of marks to pointer and keyboard, selects machine and batch, sorts tables, and
// chooses a network within limits. Without this script, the page still has all of its numbers.

const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));

for (const controls of all(".controls")) controls.hidden = false;

// Networks: the elements of a network carry its name, in figures, tables and buttons.

const ofNetwork = new Map();
for (const element of all("[data-network]")) {
  const network = element.dataset.network;
  if (!ofNetwork.has(network)) ofNetwork.set(network, []);
  ofNetwork.get(network).push(element);
}
const drawings = all(".sheet svg");
const buttons = all(".networks button");
let pinned = null;
let lit = null;

function highlight(network) {
  const next = network ?? pinned;
  if (next === lit) return;
  for (const element of ofNetwork.get(lit) ?? []) element.classList.remove("lit");
  for (const element of ofNetwork.get(next) ?? []) element.classList.add("lit");
  // A figure without the network stays as it is.
  for (const drawing of drawings) drawing.classList.toggle("dims", drawing.querySelector(".lit") !== null);
  lit = next;
}

const networkAt = (target) => target.closest?.("[data-network]")?.dataset.network ?? null;
// Not `pointerover`: browsers send it when the page scrolls under a mouse that rests, and the keyboard would lose its network.
for (const kind of ["pointermove", "pointerdown", "focusin"]) {
  document.addEventListener(kind, (event) => highlight(networkAt(event.target)));
}

for (const button of buttons) {
  button.addEventListener("click", () => {
    pinned = pinned === button.dataset.network ? null : button.dataset.network;
    for (const other of buttons) other.setAttribute("aria-pressed", String(other.dataset.network === pinned));
    highlight(pinned);
  });
}

// Tab enters a group at one element, and the arrow keys reach the others: a row of buttons, or the marks of a figure.

function rove(elements, chosen) {
  for (const element of elements) element.setAttribute("tabindex", element === chosen ? "0" : "-1");
}

if (buttons.length > 0) {
  rove(buttons, buttons[0]);
  buttons[0].parentElement.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const index = buttons.indexOf(event.target);
    if (step === undefined || index < 0) return;
    event.preventDefault();
    const next = buttons[(index + step + buttons.length) % buttons.length];
    rove(buttons, next);
    next.focus();
  });
}

for (const figure of all("figure")) {
  const readout = figure.querySelector(".readout");
  const drawing = figure.querySelector("svg");
  const marks = all(".tooltip > *", drawing).map((mark) => {
    const box = mark.getBBox();
    const title = mark.querySelector("title");
    const label = title.textContent.replaceAll("\n", "; ");
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", label);
    return { mark, label, network: mark.dataset.network ?? "", x: box.x + box.width / 2, y: box.y + box.height / 2 };
  });
  if (readout === null || marks.length === 0) continue;
  // Marks of a network lie next to each other, from left to right; networks from the top down.
  const top = new Map();
  for (const { network, y } of marks) top.set(network, Math.min(y, top.get(network) ?? Infinity));
  marks.sort((one, other) => top.get(one.network) - top.get(other.network) || one.network.localeCompare(other.network) ||
    one.x - other.x || one.y - other.y);
  const elements = marks.map((entry) => entry.mark);
  drawing.setAttribute("role", "group");
  rove(elements, elements[0]);

  const show = (entry) => { readout.textContent = entry?.label ?? ""; };
  const at = (event) => marks[elements.indexOf(event.target.closest(".tooltip > *"))];
  drawing.addEventListener("pointermove", (event) => show(at(event)));
  // After a touch, the value stays.
  drawing.addEventListener("pointerdown", (event) => show(at(event)));
  drawing.addEventListener("focusin", (event) => show(at(event)));
  drawing.addEventListener("focusout", () => show());

  // The mark of the next network up or down that is horizontally nearest.
  const across = (index, step) => {
    const { network, x } = marks[index];
    let next = index;
    while (marks[next]?.network === network) next += step;
    if (marks[next] === undefined) return index;
    const distance = (entry) => Math.abs(entry.x - x);
    const own = marks.filter((entry) => entry.network === marks[next].network);
    return marks.indexOf(own.reduce((best, entry) => (distance(entry) < distance(best) ? entry : best)));
  };
  drawing.addEventListener("keydown", (event) => {
    const index = elements.indexOf(event.target);
    if (index < 0) return;
    if (event.key === "Escape") {
      event.target.blur();
      return;
    }
    const last = elements.length - 1;
    const next = { ArrowRight: Math.min(index + 1, last), ArrowLeft: Math.max(index - 1, 0), Home: 0, End: last,
      ArrowDown: across(index, 1), ArrowUp: across(index, -1) }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    rove(elements, elements[next]);
    elements[next].focus();
    elements[next].scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}

// Tables: a click on a column head sorts.

// The sort key of a cell: its number if it has one, else its text. Empty cells come last in both directions.
function key(row, column) {
  const cell = row.cells[column];
  const value = cell.dataset.value;
  if (value === undefined) return cell.textContent;
  return value === "" ? null : Number(value);
}

function compare(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), "en", { numeric: true });
}

const rowsOf = (body) => Array.from(body.rows).filter((row) => !row.classList.contains("machine"));

function sort(body, column, direction) {
  const rows = rowsOf(body).map((row, index) => ({ row, index, key: key(row, column) }));
  const sign = direction === "descending" ? -1 : 1;
  rows.sort((one, other) => {
    if (one.key === null || other.key === null) return (one.key === null) - (other.key === null) || one.index - other.index;
    return sign * compare(one.key, other.key) || one.index - other.index;
  });
  body.append(...rows.map((entry) => entry.row));
}

for (const table of all("table.sortable")) {
  const heads = Array.from(table.tHead.rows[0].cells);
  const bodies = Array.from(table.tBodies);
  heads.forEach((head, column) => {
    // A column of links has no order.
    if (bodies.every((body) => rowsOf(body).every((row) => key(row, column) === null))) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", direction);
      for (const body of bodies) sort(body, column, direction);
    });
  });
}

// Choosing a network, by the rule of `cargo xtask choose` (experiments/results/src/choose.rs).

const { quantities, machines } = JSON.parse(document.getElementById("data").textContent);
const [NO, UNKNOWN, PERHAPS, SURELY] = [0, 1, 2, 3];

// Whether a row is within limits `{ quantity, max }`, in SI units.
function fits(row, limits) {
  return Math.min(SURELY, ...limits.map(({ quantity, max }) => {
    const known = row.known[quantity];
    if (known === null) return UNKNOWN;
    if ((known.high ?? Infinity) <= max) return SURELY;
    return (known.low ?? -Infinity) > max ? NO : PERHAPS;
  }));
}

// The largest factor by which a row exceeds a limit; none if a value is unknown.
function beyond(row, limits) {
  if (limits.some(({ quantity }) => row.known[quantity] === null)) return null;
  return Math.max(...limits.map(({ quantity, max }) => row.known[quantity].value / max));
}

// Whether either of two networks may be the more accurate one, since the intervals of their accuracies overlap.
function overlaps(row, other) {
  return row.network !== other.network && row.top1.low <= other.top1.high && other.top1.low <= row.top1.high;
}

// Rows are sorted by accuracy, highest first; only those with a known accuracy can be chosen.
function choose(rows, limits) {
  const known = rows.filter((row) => row.top1 !== null).map((row) => ({ row, fits: fits(row, limits) }));
  const surely = known.findIndex((entry) => entry.fits === SURELY);
  const before = known.slice(0, surely < 0 ? known.length : surely);
  const perhaps = before.filter((entry) => entry.fits === PERHAPS).map((entry) => entry.row);
  if (surely >= 0) {
    const one = known[surely].row;
    const close = known.slice(surely).filter((entry) => entry.fits === SURELY && overlaps(entry.row, one)).map((entry) => entry.row);
    // Each network once: its first row.
    const isFirst = (row) => close.find((other) => other.network === row.network) === row;
    return { one, perhaps, close: close.filter(isFirst), closest: null };
  }
  let closest = null;
  if (perhaps.length === 0) {
    for (const { row } of known) {
      const factor = beyond(row, limits);
      if (factor !== null && (closest === null || factor < closest.factor)) closest = { row, factor };
    }
  }
  return { one: null, perhaps, close: [], closest };
}

// Switches: machine, batch and network of the table, and limits.

const [machine, batch, network] = ["machine", "batch", "network"].map((id) => document.getElementById(id));
const bodies = Array.from(document.getElementById("points-table").tBodies);
const heads = Array.from(document.getElementById("points-table").tHead.rows[0].cells);
const shown = document.getElementById("shown");
const result = document.getElementById("chosen");
const limits = quantities.map((quantity, index) => {
  const input = document.getElementById(`limit-${index}`);
  return { quantity, index, input, output: document.querySelector(`output[for="limit-${index}"]`), line: input.closest("p") };
});

const candidates = () => machines.find((entry) => entry.key === machine.value).rows;

// The limit that a slider is set to, in the quantity's unit with three digits; none at its right end.
function limitOf({ index, input }, rows) {
  const values = rows.flatMap((row) => row.known[index] ?? []).filter((known) => known.value > 0);
  if (values.length === 0 || Number(input.value) >= Number(input.max)) return null;
  const unit = quantities[index].factor;
  const low = Math.min(...values.map((known) => known.value)) / unit / 1.3;
  const high = Math.max(...values.map((known) => known.high ?? known.value)) / unit * 1.3;
  return Number((low * (high / low) ** (input.value / input.max)).toPrecision(3));
}

function described(row, asked) {
  const name = document.createElement("b");
  name.dataset.network = row.network;
  name.textContent = row.title;
  const amounts = asked.map(({ quantity }) => row.known[quantity]).filter((known) => known !== null);
  const properties = [`top-1 ${row.top1.text}`, ...amounts.map((known) => known.text)].join(", ");
  return [name, ` at batch ${row.batch}: ${properties}. `];
}

function update() {
  let count = 0;
  for (const body of bodies) {
    body.hidden = body.dataset.machine !== machine.value;
    for (const row of rowsOf(body)) {
      row.hidden = (batch.value !== "" && row.dataset.batch !== batch.value) ||
        (network.value !== "" && row.dataset.network !== network.value);
      count += row.hidden || body.hidden ? 0 : 1;
    }
  }
  shown.textContent = count === 1 ? "1 row" : `${count} rows`;

  const rows = candidates().filter((row) => batch.value === "" || String(row.batch) === batch.value);
  const asked = [];
  for (const limit of limits) {
    const amount = limitOf(limit, candidates());
    limit.line.hidden = candidates().every((row) => row.known[limit.index] === null);
    const text = amount === null ? "any" : `${amount} ${limit.quantity.unit}`;
    limit.output.textContent = text;
    limit.input.setAttribute("aria-valuetext", text);
    if (amount !== null) asked.push({ quantity: limit.index, max: amount * limit.quantity.factor });
  }
  const { one, perhaps, close, closest } = choose(rows, asked);
  const parts = [];
  if (one !== null) parts.push("Chosen: ", ...described(one, asked));
  else parts.push(rows.length === 0 ? "Nothing was measured at this batch. " : "No network is surely within these limits. ");
  parts.push(...close.flatMap((row) => ["Perhaps as accurate, and within: ", ...described(row, asked)]));
  const isPerhapsMore = (row) => one !== null && overlaps(row, one);
  const head = (row) => one === null ? "Perhaps within: " : `${isPerhapsMore(row) ? "Perhaps more" : "More"} accurate, and perhaps within: `;
  parts.push(...perhaps.flatMap((row) => [head(row), ...described(row, asked)]));
  if (perhaps.length > 0) parts.push("Perhaps within means that a limit lies inside an interval. ");
  if (close.length > 0 || perhaps.some(isPerhapsMore)) parts.push("Perhaps as or more accurate means that the intervals of the accuracies overlap. ");
  if (closest !== null) parts.push("Closest: ", ...described(closest.row, asked), `That is ${closest.factor.toPrecision(3)} times a limit.`);
  result.replaceChildren(...parts);

  const state = new Map(rows.map((row) => [`${row.network} ${row.batch}`, fits(row, asked)]));
  const body = bodies.find((entry) => entry.dataset.machine === machine.value);
  const own = rowsOf(body);
  heads.forEach((head, column) => {
    // A column without numbers of this machine is hidden.
    const none = column > 2 && own.every((row) => row.cells[column].dataset.value === "" && row.cells[column].firstElementChild === null);
    for (const cell of [head, ...own.map((row) => row.cells[column])]) cell.hidden = none;
  });
  for (const row of own) {
    const name = `${row.dataset.network} ${row.dataset.batch}`;
    row.classList.toggle("beyond", asked.length > 0 && state.get(name) !== SURELY);
    row.classList.toggle("chosen", one !== null && asked.length > 0 && name === `${one.network} ${one.batch}`);
  }
}

for (const input of [machine, batch, network, ...limits.map((limit) => limit.input)]) input.addEventListener("input", update);
// Browsers restore earlier selections when a page is reloaded.
update();
