/* Charts that uPlot does not have: heat strips and lanes over time, and density. */

/* A canvas of that height in a plot; returns its context, in units of CSS pixels. */
function context(canvas, width, height) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
    const c = canvas.getContext("2d");
    c.scale(ratio, ratio);
    c.font = "12px system-ui, sans-serif";
    return c;
}

/* Rows over time: c.rows [{label}], c.paint(context, x, width, top, height, row) fills a row,
 * c.describe(time, row) is the text under the pointer. */
function strip(c) {
    const canvas = el("canvas", {}), value = el("span", {class: "value"});
    const plot = el("div", {class: "plot", tabindex: 0, role: "img", "aria-label": c.summary}, canvas);
    const figure = el("figure", {}, el("figcaption", {}, el("b", {}, c.title), c.key, value), plot);
    const height = c.rows.length * c.row + 24;
    const chart = {
        node: plot,
        draw() {
            const width = chart.width || plot.clientWidth || 600, g = context(canvas, width, height);
            const inner = width - AXIS - EDGE;
            g.textBaseline = "middle";
            c.rows.forEach((r, i) => {
                c.paint(g, AXIS, inner, i * c.row, c.row - 1, r);
                g.fillStyle = colour("soft");
                g.textAlign = "right";
                g.fillText(r.label, AXIS - 5, i * c.row + c.row / 2);
            });
            drawTimes(g, inner, c.rows.length * c.row);
        },
        resize() { if (!chart.stale) chart.draw(); },
    };
    let cursor = 0.5, line = 0;
    const show = () => {
        const t = view.min + cursor * (view.max - view.min);
        return (value.textContent = c.describe(t, c.rows[line]));
    };
    plot.addEventListener("mousemove", (e) => {
        const box = canvas.getBoundingClientRect();
        line = Math.max(0, Math.min(c.rows.length - 1, Math.floor((e.clientY - box.top) / c.row)));
        cursor = Math.max(0, Math.min(1, (e.clientX - box.left - AXIS) / (box.width - AXIS - EDGE)));
        show();
    });
    plot.addEventListener("mouseleave", () => { value.textContent = ""; });
    plot.addEventListener("keydown", (e) => {
        const by = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
        if (!by) return;
        line = Math.max(0, Math.min(c.rows.length - 1, line + by));
        announce(show());
        e.preventDefault();
    });
    chartKeys(plot, (part) => {
        cursor = Math.max(0, Math.min(1, cursor + part));
        return show();
    });
    chartMouse(plot);
    addChart(chart);
    return figure;
}

function drawTimes(g, width, top) {
    const range = view.max - view.min, step = STEPS.find((s) => range / s <= width / 70) || range;
    g.fillStyle = g.strokeStyle = colour("soft");
    g.textAlign = "center";
    for (let t = Math.ceil(view.min / step) * step; t <= view.max + 1e-9; t += step) {
        const x = AXIS + (t - view.min) / range * width;
        g.fillRect(x, top, 1, 3);
        g.fillText(clock(t, step < 0.1 ? 2 : step < 1 ? 1 : 0), x, top + 14);
    }
}

/* Paints values of 0 to `most` as colours: in each column of pixels the largest value of its time. */
function paintHeat(g, left, width, top, height, x, values, most, colours, gap) {
    const n = Math.max(1, Math.round(width)), image = new ImageData(n, 1), pixels = new Uint32Array(image.data.buffer);
    const range = view.max - view.min, largest = new Float32Array(n).fill(-1);
    for (let i = lower(x, view.min - gap); i < x.length && x[i] <= view.max; i++) {
        const v = values[i];
        if (v == null) continue;
        const end = i + 1 < x.length && x[i + 1] - x[i] < 3 * gap ? x[i + 1] : x[i] + gap;
        const from = Math.max(0, Math.floor((x[i] - view.min) / range * n));
        const to = Math.min(n - 1, Math.max(from, Math.ceil((end - view.min) / range * n) - 1));
        for (let k = from; k <= to; k++) if (v > largest[k]) largest[k] = v;
    }
    for (let k = 0; k < n; k++)
        if (largest[k] >= 0) pixels[k] = colours[Math.min(255, Math.round(255 * largest[k] / most))];
    const line = el("canvas", {width: n, height: 1});
    line.getContext("2d").putImageData(image, 0, 0);
    g.imageSmoothingEnabled = false;
    g.fillStyle = colour("line"); /* not seen */
    g.fillRect(left, top, width, height);
    g.drawImage(line, left, top, width, height);
}

function scaleKey(most) {
    const canvas = el("canvas", {class: "scale", width: 128, height: 1, "aria-hidden": "true"});
    const paint = () => {
        const image = new ImageData(128, 1), colours = ramp();
        new Uint32Array(image.data.buffer).forEach((_, i, a) => { a[i] = colours[2 * i]; });
        canvas.getContext("2d").putImageData(image, 0, 0);
    };
    paint();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
    addEventListener("beforeprint", paint);
    addEventListener("afterprint", paint);
    return el("span", {class: "soft"}, "0 ", canvas, ` ${most}; grey: not seen`);
}

/* Where gaze points: counts in cells of two degrees, as the picture shows it: image left is left. */
function density(yaw, pitch, weights, summary) {
    const canvas = el("canvas", {}), plot = el("div", {class: "plot", role: "img", "aria-label": summary}, canvas);
    const CELL = 2, extent = densityExtent(yaw, pitch), n = 2 * extent / CELL, counts = new Float32Array(n * n);
    let most = 0, total = 0;
    for (let i = 0; i < yaw.length; i++) {
        if (yaw[i] == null || pitch[i] == null) continue;
        const cx = Math.floor((extent - yaw[i]) / CELL), cy = Math.floor((extent - pitch[i]) / CELL);
        total += weights[i];
        if (cx < 0 || cy < 0 || cx >= n || cy >= n) continue;
        counts[cy * n + cx] += weights[i];
        most = Math.max(most, counts[cy * n + cx]);
    }
    const chart = {
        node: plot,
        draw() {
            const size = Math.min(chart.width || 300, 380), pad = 44, inner = size - pad - 8;
            const g = context(canvas, size, inner + pad), colours = ramp();
            const image = new ImageData(n, n), pixels = new Uint32Array(image.data.buffer);
            for (let i = 0; i < counts.length; i++) pixels[i] = colours[most ? Math.round(255 * Math.sqrt(counts[i] / most)) : 0];
            const cells = el("canvas", {width: n, height: n});
            cells.getContext("2d").putImageData(image, 0, 0);
            g.imageSmoothingEnabled = false;
            g.drawImage(cells, pad, 6, inner, inner);
            frameDensity(g, pad, inner, extent);
        },
        resize() { if (!chart.stale) chart.draw(); },
    };
    addChart(chart);
    return el("figure", {}, el("figcaption", {}, el("b", {}, "Gaze density"),
        el("span", {class: "soft"}, total ? "colour: square root of the time in each 2\u00b0 cell" : "no gaze")), plot);
}

/* Half width in degrees: holds 99 % of the points, a multiple of 10 from 20 to 90. */
function densityExtent(yaw, pitch) {
    const sizes = [];
    for (let i = 0; i < yaw.length; i++)
        if (yaw[i] != null && pitch[i] != null) sizes.push(Math.max(Math.abs(yaw[i]), Math.abs(pitch[i])));
    sizes.sort((a, b) => a - b);
    const most = sizes.length ? sizes[Math.floor(0.99 * (sizes.length - 1))] : 0;
    return Math.max(20, Math.min(90, Math.ceil((most + 1) / 10) * 10));
}

function frameDensity(g, pad, inner, extent) {
    g.strokeStyle = colour("soft");
    g.globalAlpha = 0.6;
    g.strokeRect(pad + 0.5, 6.5, inner - 1, inner - 1);
    g.beginPath();
    g.moveTo(pad + inner / 2, 6);
    g.lineTo(pad + inner / 2, 6 + inner);
    g.moveTo(pad, 6 + inner / 2);
    g.lineTo(pad + inner, 6 + inner / 2);
    g.setLineDash([3, 3]);
    g.stroke();
    g.setLineDash([]);
    g.globalAlpha = 1;
    g.fillStyle = colour("soft");
    for (const part of [-1, -0.5, 0, 0.5, 1]) {
        const at = inner / 2 * (1 - part), text = number(part * extent, 0);
        g.textAlign = part === 1 ? "left" : part === -1 ? "right" : "center";
        g.textBaseline = "top";
        g.fillText(text, pad + at, inner + 10);
        g.textAlign = "right";
        g.textBaseline = part === 1 ? "top" : part === -1 ? "bottom" : "middle";
        g.fillText(text, pad - 5, 6 + at);
    }
    g.textAlign = "center";
    g.textBaseline = "top";
    g.fillText("yaw \u00b0 (image left is positive)", pad + inner / 2, inner + 26);
    g.save();
    g.translate(10, 6 + inner / 2);
    g.rotate(-Math.PI / 2);
    g.textBaseline = "middle";
    g.fillText("pitch \u00b0 (up)", 0, 0);
    g.restore();
}
