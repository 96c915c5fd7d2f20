/* Figures beside their limits: the bar follows what is typed. The words of the verdict come from the server.

   - .figures[data-top]                        the value at the right end of the bars of this table
   - .lim input[data-limit][data-op]           a figure with its limit (<=, >= or =)
   - [data-print]                              a button that prints the page                                       */
(function () {
  "use strict";

  function within(value, limit, op) {
    if (op === "<=") return value <= limit;
    return op === ">=" ? value >= limit : value === limit;
  }

  function draw(table, input) {
    var bar = input.closest(".lim").querySelector("svg.m .fill, svg.m .over");
    if (!bar) return;
    var value = parseFloat(input.value);
    var share = isNaN(value) ? 0 : (value / parseFloat(table.dataset.top)) * 100;
    bar.setAttribute("width", Math.min(Math.max(share, 0), 100).toFixed(1) + "%");
    var good = isNaN(value) || within(value, parseFloat(input.dataset.limit), input.dataset.op);
    bar.setAttribute("class", good ? "fill" : "over");
  }

  Array.prototype.forEach.call(document.querySelectorAll(".figures[data-top]"), function (table) {
    table.addEventListener("input", function (event) {
      if (event.target.dataset.limit) draw(table, event.target);
    });
  });

  // A verdict of the server that says more than 未超出, 达到 or 符合 is drawn as needing action.
  document.addEventListener("autosaved", function () {
    Array.prototype.forEach.call(document.querySelectorAll(".figures .verdict"), function (words) {
      var bar = words.parentNode.querySelector("svg.m .over");
      var over = Boolean(words.textContent) && ["未超出", "达到", "符合"].indexOf(words.textContent) < 0;
      words.classList.toggle("danger", over || Boolean(bar));
      words.classList.toggle("b", over || Boolean(bar));
      words.classList.toggle("muted", !over && !bar);
    });
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest && event.target.closest("[data-print]")) window.print();
  });
  Array.prototype.forEach.call(document.querySelectorAll("[data-print]"), function (button) { button.hidden = false; });
})();
