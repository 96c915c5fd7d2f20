/* A table full of links is one stop of the Tab key: arrow keys move inside it, Home and End within a row.
   Without the script every link is a stop of its own. What a link opens beside the table has the focus while it is
   open; Esc or its own link closes it, the focus goes back to where it came from.

   - table[data-grid]                        the links in its body
   - .sidepanel                              what one of them opened
   - [data-close]                            the address of the table with nothing open                          */
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

  var panel = document.querySelector(".sidepanel");

  // The panel links the page of its cell, as the cell itself does.
  function opener() {
    var own = panel.querySelector("p a[href]");
    return own && Array.prototype.find.call(document.querySelectorAll("table[data-grid] a"), function (link) {
      return link.href === own.href;
    });
  }

  function close() {
    var link = panel.querySelector("[data-close]"), back = opener();
    if (!link) return false;
    history.pushState({ htmx: true }, "", link.href);
    panel.replaceChildren();
    if (back) back.focus();
    return true;
  }

  if (!panel) return;
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.target === panel && panel.firstElementChild) panel.querySelector("h2").focus();
  });
  panel.addEventListener("click", function (event) {
    if (event.target.closest("[data-close]") && close()) event.preventDefault();
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && !event.isComposing && close()) event.preventDefault();
  });
})();
