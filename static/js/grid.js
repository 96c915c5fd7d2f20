/* A table full of links is one stop of the Tab key: arrow keys move inside it, Home and End within a row.
   Without the script every link is a stop of its own.

   - table[data-grid]                        the links in its body                                              */
(function () {
  "use strict";

  function linksIn(row) {
    return Array.prototype.slice.call(row.querySelectorAll("a[href]"));
  }

  function nearest(links, from) {
    var place = from.getBoundingClientRect().left;
    return links.reduce(function (best, one) {
      var here = Math.abs(one.getBoundingClientRect().left - place);
      return best && Math.abs(best.getBoundingClientRect().left - place) <= here ? best : one;
    }, null);
  }

  function target(key, link) {
    var row = link.closest("tr"), links = linksIn(row), at = links.indexOf(link);
    if (key === "ArrowRight") return links[at + 1];
    if (key === "ArrowLeft") return links[at - 1];
    if (key === "Home") return links[0];
    if (key === "End") return links[links.length - 1];
    var step = key === "ArrowDown" ? "nextElementSibling" : key === "ArrowUp" ? "previousElementSibling" : "";
    var next = step && row[step];
    while (next && !linksIn(next).length) next = next[step];
    return next ? nearest(linksIn(next), link) : null;
  }

  Array.prototype.forEach.call(document.querySelectorAll("table[data-grid] tbody"), function (body) {
    var links = linksIn(body), current = links[0];
    links.forEach(function (link) { if (link !== current) link.tabIndex = -1; });
    body.addEventListener("focusin", function (event) {
      var link = event.target.closest("a[href]");
      if (!link || link === current) return;
      current.tabIndex = -1;
      link.tabIndex = 0;
      current = link;
    });
    body.addEventListener("keydown", function (event) {
      var link = event.target.closest("a[href]");
      if (!link || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
      var next = target(event.key, link);
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
  });
})();
