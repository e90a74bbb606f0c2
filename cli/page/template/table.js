/* Tables that can be sorted. */

/* columns: [{title, text, get(row), show(row)}]; get: the value to sort by; show: text or node.
 * options: {caption, most: rows shown at first, chosen(row), sort: [column, descending]} */
function sortedTable(columns, rows, options) {
    const body = el("tbody", {}), more = el("button", {type: "button", onclick: () => { most = Infinity; fill(); }});
    let most = options.most || 100, [sorted, down] = options.sort || [-1, false], order = rows.slice();
    const heads = columns.map((c, i) => el("th", {scope: "col", class: c.text && "text"},
        el("button", {type: "button", title: c.help, onclick: () => sort(i, sorted === i ? !down : !c.text)}, c.title)));

    function sort(i, descending) {
        [sorted, down] = [i, descending];
        const get = columns[i].get, sign = descending ? -1 : 1;
        order = rows.slice().sort((a, b) => {
            const x = get(a), y = get(b), missing = (x == null) - (y == null);
            return missing || (x == null ? 0 : typeof x === "string" ? sign * x.localeCompare(y, undefined, {numeric: true}) : sign * (x - y));
        });
        heads.forEach((h, k) => {
            if (k === i) h.setAttribute("aria-sort", descending ? "descending" : "ascending");
            else h.removeAttribute("aria-sort");
        });
        fill();
    }

    function fill() {
        const wanted = order.filter((r) => !filter || filter(r));
        body.replaceChildren(...wanted.slice(0, most).map((r) => el("tr", {class: options.chosen && options.chosen(r) ? "chosen" : null},
            columns.map((c, i) => {
                const cell = c.show ? c.show(r) : c.get(r);
                const kind = [c.text && "text", c.wrap && "wrap", c.mark && c.mark(r)].filter(Boolean).join(" ");
                const td = el(i ? "td" : "th", {class: kind || null, scope: i ? null : "row"}, cell == null ? NONE : cell);
                const part = c.part && c.part(r);
                if (part != null) {
                    td.classList.add("meter");
                    td.style.setProperty("--part", 100 * Math.min(1, part) + "%");
                }
                return td;
            }))));
        more.hidden = wanted.length <= most;
        more.textContent = `Show all ${whole(wanted.length)}`;
    }

    let filter = null;
    const node = el("div", {}, el("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": options.caption},
        el("table", {}, el("caption", {}, options.caption), el("thead", {}, el("tr", {}, heads)), body)), more);
    if (sorted >= 0) sort(sorted, down);
    else fill();
    node.refresh = fill;
    node.filter = (f) => { filter = f; fill(); };
    return node;
}

/* Names and values in two columns. */
function pairs(caption, list) {
    return el("div", {class: "scroll"}, el("table", {}, el("caption", {}, caption), el("tbody", {}, list.map(([name, value]) =>
        el("tr", {}, el("th", {scope: "row", class: "text"}, name), el("td", {class: "text wrap"}, value == null ? NONE : value))))));
}
