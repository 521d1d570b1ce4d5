"use strict";
(function () {
  var root = document.documentElement, button = document.getElementById("theme");
  if (button) button.addEventListener("click", function () {
    var dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  var filter = document.getElementById("filter");
  if (filter) filter.addEventListener("input", function () {
    var wanted = filter.value.toLowerCase();
    document.querySelectorAll("#columns .sortable > tbody > tr").forEach(function (row) {
      row.hidden = row.cells[0].textContent.toLowerCase().indexOf(wanted) < 0;
    });
  });
  document.querySelectorAll(".sortable").forEach(function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, at) {
      head.tabIndex = 0;
      function sort() {
        var up = head.getAttribute("aria-sort") !== "ascending";
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        var rows = Array.prototype.slice.call(table.tBodies[0].rows);
        function key(row) {
          var text = row.cells[at].textContent, number = parseFloat(text.replace(/^[^0-9.-]+/, ""));
          return isNaN(number) ? text : number;
        }
        rows.sort(function (a, b) {
          var x = key(a), y = key(b), order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
          return up ? order : -order;
        });
        rows.forEach(function (row) { table.tBodies[0].appendChild(row); });
      }
      head.addEventListener("click", sort);
      head.addEventListener("keydown", function (event) { if (event.key === "Enter") { sort(); } });
    });
  });
})();
