/* Charts of time. All share one view: the part of the recording that is shown. */

const AXIS = 52, EDGE = 20; /* pixels left and right of each plot, so that times are below each other */
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
    14400, 28800, 86400];

const view = {min: 0, max: 1, from: 0, to: 1, charts: new Set(), changed: []};
let planned = false;

/* A chart is an object with draw(), resize(width) and node; only visible ones are drawn. */
const observer = new IntersectionObserver((entries) => {
    for (const e of entries) {
        const chart = e.target.chart;
        chart.visible = e.isIntersecting;
        if (chart.visible && chart.stale) drawChart(chart);
    }
}, {rootMargin: "200px"});

const sizes = new ResizeObserver((entries) => {
    for (const e of entries) {
        const width = Math.floor(e.contentRect.width);
        if (width > 0 && e.target.chart.width !== width) fit(e.target.chart, width);
    }
});

function fit(chart, width) {
    chart.width = width;
    chart.resize(width);
}

function drawChart(chart) {
    chart.stale = false;
    chart.draw();
}

function addChart(chart) {
    chart.node.chart = chart;
    chart.stale = true;
    view.charts.add(chart);
    observer.observe(chart.node);
    sizes.observe(chart.node);
}

function removeCharts(node) {
    for (const chart of [...view.charts])
        if (node.contains(chart.node)) {
            view.charts.delete(chart);
            observer.unobserve(chart.node);
            sizes.unobserve(chart.node);
            if (chart.destroy) chart.destroy();
        }
}

function redraw(all) {
    for (const chart of view.charts) {
        chart.stale = true;
        if (chart.visible || all) drawChart(chart);
    }
}

/* Shows from min to max, within the recording; drawn once for each frame of the screen. */
function setView(min, max) {
    const least = Math.max((view.to - view.from) / 1e5, 0.2), all = view.to - view.from;
    const width = Math.min(all, Math.max(least, max - min));
    view.min = Math.max(view.from, Math.min(view.to - width, min + (max - min - width) / 2));
    view.max = view.min + width;
    if (planned) return;
    planned = true;
    requestAnimationFrame(() => {
        planned = false;
        view.changed.forEach((f) => f());
        redraw(false);
    });
}

function zoom(factor, at = (view.min + view.max) / 2) {
    setView(at - (at - view.min) * factor, at + (view.max - at) * factor);
}

function pan(part) {
    const by = (view.max - view.min) * part;
    setView(Math.max(view.from, Math.min(view.to - (view.max - view.min), view.min + by)),
        Math.max(view.from, Math.min(view.to - (view.max - view.min), view.min + by)) + view.max - view.min);
}

function showAll() {
    setView(view.from, view.to);
}

/* + - arrows: the view. `move(part)` moves the cursor of a chart and returns what to announce. */
function chartKeys(node, move) {
    node.addEventListener("keydown", (e) => {
        const right = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
        if (right && e.shiftKey) pan(right * 0.25);
        else if (right) announce(move(right * (e.altKey ? 0.001 : 0.01)));
        else if (e.key === "+" || e.key === "=") zoom(0.5);
        else if (e.key === "-") zoom(2);
        else if (e.key === "Home" || e.key === "0") showAll();
        else return;
        e.preventDefault();
    });
}

function timeAt(node, e) {
    const box = node.getBoundingClientRect();
    const part = (e.clientX - box.left - AXIS) / (box.width - AXIS - EDGE);
    return view.min + part * (view.max - view.min);
}

/* Ctrl or Shift with the wheel; a horizontal wheel pans; Shift and dragging pans. */
function chartMouse(node) {
    node.addEventListener("wheel", (e) => {
        if (Math.abs(e.deltaX) > Math.abs(e.deltaY)) pan(e.deltaX / 1000);
        else if (e.ctrlKey || e.shiftKey) zoom(e.deltaY > 0 ? 1.25 : 0.8, timeAt(node, e));
        else return;
        e.preventDefault();
    }, {passive: false});
    node.addEventListener("dblclick", showAll);
    node.addEventListener("mousedown", (e) => {
        if (!e.shiftKey) return;
        let last = e.clientX;
        const move = (m) => {
            pan((last - m.clientX) / node.clientWidth);
            last = m.clientX;
        };
        addEventListener("mousemove", move);
        addEventListener("mouseup", () => removeEventListener("mousemove", move), {once: true});
        e.stopPropagation();
        e.preventDefault();
    }, {capture: true});
}

/* ------------------------------------------------------------------------------------ uPlot ---- */

function timeAxis() {
    const digits = (splits) => (splits.length > 1 && splits[1] - splits[0] < 1 ? (splits[1] - splits[0] < 0.1 ? 2 : 1) : 0);
    return {stroke: () => colour("soft"), grid: {stroke: () => colour("grid"), width: 1}, ticks: {show: false}, size: 26,
        gap: 6, space: 70, incrs: STEPS, values: (u, splits) => splits.map((s) => clock(s, digits(splits)))};
}

/* Steps of an axis whose labels show no smaller difference. */
function ticks(smallest) {
    return Array.from({length: 30}, (_, i) => smallest * [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3));
}

/* wholes: no lines between whole numbers */
function valueAxis(wholes) {
    const digits = (step) => (step < 0.1 ? 2 : step < 1 ? 1 : 0);
    return {stroke: () => colour("soft"), grid: {stroke: () => colour("grid"), width: 1}, ticks: {show: false}, size: AXIS,
        gap: 4, space: 26, ...(wholes ? {incrs: ticks(1)} : {}),
        values: (u, splits) => splits.map((v) => number(v, splits.length > 1 ? digits(splits[1] - splits[0]) : 0))};
}

/* [low, high] of the values of a chart, with a margin and at least `least` apart. */
function rangeOf(rows, least) {
    let low = Infinity, high = -Infinity;
    for (const row of rows)
        for (const v of row) if (v != null) {
            if (v < low) low = v;
            if (v > high) high = v;
        }
    if (low > high) return [0, 1];
    const more = Math.max(0.06 * (high - low), (least - (high - low)) / 2, 0);
    return [low - more, high + more];
}

/* chart: {title, x, rows: [values], names, units: " px", decimals, height, range, least, summary, marks, steps}
 * Returns a figure. The text beside the title shows the values under the cursor. */
function timeChart(c) {
    const value = el("span", {class: "value"});
    const plot = el("div", {class: "plot", tabindex: 0, role: "img", "aria-label": c.summary});
    const keys = c.names.length > 1 ? c.names.map((n, i) => el("span", {class: "key soft", style: `--k: var(--c${i % 8})`}, n)) : [];
    const figure = el("figure", {}, el("figcaption", {}, el("b", {}, c.title), keys, value), plot);
    const [low, high] = c.range || rangeOf(c.rows, c.least || 0);
    const text = (i) => i == null ? "" : clock(c.x[i], 1) + "  " + c.rows.map((r, k) =>
        (c.names.length > 1 ? c.names[k] + " " : "") + number(r[i], c.decimals) + (r[i] == null ? "" : c.units)).join(", ");
    const options = {
        width: 600, height: c.height, legend: {show: false}, padding: [6, EDGE, 0, 0],
        scales: {x: {time: false, range: () => [view.min, view.max]}, y: {range: [low, high]}},
        axes: [timeAxis(), valueAxis(c.wholes)],
        cursor: {y: false, drag: {x: true, y: false, setScale: false}, sync: {key: "time", scales: ["x", null]}, points: {size: 6}},
        series: [{}, ...c.names.map((n, i) => ({stroke: () => colour("c" + (i % 8)), width: 1.25, spanGaps: false,
            points: c.dots === false ? {show: false} : {size: 4}, paths: c.steps ? uPlot.paths.stepped({align: 1}) : undefined}))],
        hooks: {
            setCursor: [(u) => { value.textContent = text(u.cursor.left >= 0 ? u.cursor.idx : null); }],
            setSelect: [(u) => {
                if (u.select.width < 3) return;
                setView(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
                u.setSelect({left: 0, width: 0, top: 0, height: 0}, false);
            }],
            draw: c.marks ? [c.marks] : [],
        },
    };
    let u = null;
    const chart = {
        node: plot,
        draw() {
            if (!u) u = new uPlot({...options, width: chart.width || plot.clientWidth || 600}, [c.x, ...c.rows], plot);
            else u.setScale("x", {min: view.min, max: view.max});
        },
        resize(width) { if (u) u.setSize({width, height: c.height}); },
        repaint() { if (u) u.redraw(false, true); },
        destroy() { if (u) u.destroy(); },
    };
    chartKeys(plot, (part) => {
        if (!u) return "";
        const box = u.over.clientWidth, left = u.cursor.left < 0 ? box / 2 : u.cursor.left + part * box;
        u.setCursor({left: Math.max(0, Math.min(box, left)), top: 10});
        return value.textContent;
    });
    chartMouse(plot);
    addChart(chart);
    return figure;
}

function repaint() {
    for (const chart of view.charts) (chart.repaint || chart.draw).call(chart);
}

/* The colours of canvases change with the theme; paper is light and has its own width. */
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
addEventListener("beforeprint", () => {
    document.documentElement.dataset.theme = "light";
    for (const chart of view.charts) {
        chart.screen = chart.width;
        fit(chart, Math.min(chart.width || 660, 660));
        drawChart(chart);
    }
    repaint();
});
addEventListener("afterprint", () => {
    delete document.documentElement.dataset.theme;
    for (const chart of view.charts) if (chart.screen) fit(chart, chart.screen);
    repaint();
});
