"use strict";
// Plots whose last value is now: the newest `span` seconds of one person.
const Plots = (() => {
  const MOST = 4000; // values of a series; 60 s of the fastest lines
  const colour = i => `hsl(${Math.round(137.5 * i + 210) % 360} 65% ${matchMedia("(prefers-color-scheme: dark)").matches ? 65 : 40}%)`;
  const ink = () => getComputedStyle(document.documentElement).getPropertyValue("--soft").trim();
  const line = () => getComputedStyle(document.documentElement).getPropertyValue("--line").trim();

  class Plot {
    constructor(place, names, height, range) {
      this.place = place;
      this.data = [[], ...names.map(() => [])];
      place.replaceChildren();
      if (!names.length || typeof uPlot === "undefined")
        return;
      const axis = () => ({ stroke: ink(), grid: { stroke: line(), width: 1 }, ticks: { stroke: line() } });
      this.plot = new uPlot({
        width: place.clientWidth || 300, height,
        legend: { live: false },
        cursor: { drag: { x: false, y: false } },
        scales: { x: { time: false }, y: { range } },
        axes: [{ ...axis(), values: (_, v) => v.map(x => x < 0 ? "" : x + " s") }, { ...axis(), size: 44 }],
        series: [{ label: "seconds", value: (_, v) => v == null ? "-" : v.toFixed(2) },
                 ...names.map((name, i) => ({ label: name, stroke: colour(i), width: 1.5,
                                              value: (_, v) => v == null ? "-" : v.toFixed(2) }))],
      }, this.data, place);
      this.watch = new ResizeObserver(() => this.plot.setSize({ width: place.clientWidth, height }));
      this.watch.observe(place);
    }

    clear() {
      this.data.forEach(d => { d.length = 0; });
    }

    add(time, values) {
      const times = this.data[0];
      if (times.length && time <= times[times.length - 1])
        this.clear(); // a new run, or a source that began again
      times.push(time);
      for (let i = 1; i < this.data.length; i++)
        this.data[i].push(values ? values[i - 1] ?? null : null);
      if (times.length > MOST)
        this.data.forEach(d => d.splice(0, MOST / 4));
    }

    draw(span) {
      if (!this.plot)
        return;
      const times = this.data[0], end = times.length ? times[times.length - 1] : 0;
      this.plot.setData(this.data, false);
      this.plot.setScale("x", { min: end - span, max: end });
    }

    end() {
      this.watch?.disconnect();
      this.plot?.destroy();
    }
  }
  return Plot;
})();
