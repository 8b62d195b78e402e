"use strict";
// Tables that sort by a click on a head, a filter by network, and the values of marks as text below their figure. Without this the
// page has all of its numbers all the same.

// What a cell is sorted by: its number where it says one, else its text. Nothing comes last, whichever way the others go.
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

function sort(table, column, direction) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row, place) => ({ row, place, key: key(row, column) }));
  const sign = direction === "descending" ? -1 : 1;
  rows.sort((one, other) => {
    if (one.key === null || other.key === null) return (one.key === null) - (other.key === null) || one.place - other.place;
    return sign * compare(one.key, other.key) || one.place - other.place;
  });
  body.append(...rows.map((entry) => entry.row));
}

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, column) => {
    // A column of links has no order.
    if (Array.from(table.tBodies[0].rows).every((row) => key(row, column) === null)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", direction);
      sort(table, column, direction);
    });
  });
}

const filter = document.getElementById("filter");
const shown = document.getElementById("shown");
const points = document.getElementById("points-table").tBodies[0];

function apply() {
  let count = 0;
  for (const row of points.rows) {
    row.hidden = filter.value !== "" && row.dataset.network !== filter.value;
    count += row.hidden ? 0 : 1;
  }
  shown.textContent = count === 1 ? "1 point" : `${count} points`;
}

filter.addEventListener("change", apply);
filter.closest(".controls").hidden = false;
// Browsers keep what was chosen when a page is loaded again.
apply();

for (const figure of document.querySelectorAll("figure")) {
  const readout = figure.querySelector(".readout");
  if (readout === null) continue;
  const hint = readout.textContent;
  const read = (event) => {
    const title = event.target.closest(".told > *")?.querySelector("title");
    // Marks in one place tell of each other, a line each.
    readout.textContent = title ? title.textContent.replaceAll("\n", "; ") : hint;
    readout.classList.toggle("reads", Boolean(title));
  };
  const sheet = figure.querySelector("svg");
  sheet.addEventListener("pointermove", read);
  // Fingers touch and go away again; what they touched stays said.
  sheet.addEventListener("pointerdown", read);
}
