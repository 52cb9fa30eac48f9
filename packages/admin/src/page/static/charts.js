// The last five minutes, drawn.
import uPlot from '/page/uplot.js';
import { byId, make, write } from './elements.js';
import { fine } from './text.js';

/** @typedef {import('./wire.js').Usage} Usage */

/** Seconds, and samples. */
const span = 300;

/** What is drawn of them while there are fewer, in seconds. */
const shortest = 60;

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {(usage: Usage) => number | null | undefined} of
 */

/** @param {string} method @returns {Line} */
const requests = (method) => ({ name: method, of: ({ rates }) => rates?.requests === undefined ? null : rates.requests[method] ?? 0 });

/** @type {readonly Line[]} */
const rateLines = [requests('PUBLISH'), requests('SUBSCRIBE'), requests('REGISTER'), { name: 'NOTIFY', of: ({ rates }) => rates?.notifies?.sent }];

/** @type {readonly Line[]} */
const latencyLines = [{ name: 'median', of: ({ latency_ms: latency }) => latency?.p50 }, { name: '99th percentile', of: ({ latency_ms: latency }) => latency?.p99 }];

/** Both charts. */
export function startCharts() {
  const charts = [new Chart('rates', rateLines), new Chart('latency', latencyLines)];
  return {
    /** @param {Usage} usage */
    add: (usage) => charts.forEach((chart) => chart.add(usage)),
    draw: () => charts.forEach((chart) => chart.draw()),
  };
}

class Chart {
  #place;
  #lines;
  #legend;
  /** @type {[number[], ...(number | null)[][]]} */
  #data;
  /** @type {uPlot | undefined} */
  #plot;

  /**
   * @param {string} id
   * @param {readonly Line[]} lines
   */
  constructor(id, lines) {
    this.#place = byId(id, HTMLElement);
    this.#lines = lines;
    this.#legend = lines.map(({ name }, index) => {
      const value = make('b', {}, '–');
      const element = make('li', {}, make('span', { class: `swatch ${id}-${index}` }), name, value);
      byId(`${id}-legend`, HTMLElement).append(element);
      return { element, value };
    });
    this.#data = [[], ...lines.map(() => [])];
    this.draw();
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.#place);
  }

  /** @param {Usage} usage */
  add(usage) {
    const [times, ...values] = this.#data;
    times.push(Date.now() / 1000);
    this.#lines.forEach(({ of }, index) => values[index]?.push(of(usage) ?? null));
    if (times.length > span + 10) this.#data.forEach((column) => column.shift());
    this.#plot?.setData(this.#data);
  }

  /** Anew, in the colours that hold now. */
  draw() {
    this.#plot?.destroy();
    const colour = getComputedStyle(this.#place);
    const axis = { stroke: colour.color, font: `11px ${colour.fontFamily}`, grid: { stroke: colour.borderTopColor, width: 1 }, ticks: { show: false } };
    this.#plot = new uPlot({
      ...this.#size(),
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: 'now' }, drag: { x: false, y: false }, points: { size: 6 } },
      scales: { x: { range: () => this.#window() }, y: { range: (_plot, _low, high) => [0, Math.max(high * 1.15, 1)] } },
      axes: [
        { ...axis, grid: { show: false }, size: 26, gap: 6, space: 76, values: (plot, ticks) => ticks.map((tick) => labelOf(plot, tick)), incrs: [10, 15, 30, 60, 120] },
        { ...axis, size: 46, gap: 8, space: 36, values: (_plot, ticks) => ticks.map(fine) },
      ],
      series: [{}, ...this.#legend.map(({ element }) => this.#series(element))],
      hooks: { setLegend: [(plot) => this.#tell(plot)], setData: [(plot) => this.#tell(plot)] },
    }, this.#data, this.#place);
  }

  /** @param {Element} element of the legend @returns {uPlot.Series} */
  #series(element) {
    const { backgroundColor, borderTopColor } = getComputedStyle(element.firstElementChild ?? element);
    return { stroke: backgroundColor, fill: borderTopColor, width: 1.75, points: { show: false }, spanGaps: false };
  }

  /**
   * The values under the cursor, or the last ones.
   * @param {uPlot} plot
   */
  #tell(plot) {
    const at = plot.cursor.idx ?? (plot.data[0]?.length ?? 0) - 1;
    this.#legend.forEach(({ value }, index) => {
      const number = plot.data[index + 1]?.[at];
      write(value, number === undefined || number === null ? '–' : fine(number));
    });
  }

  /** @returns {[number, number]} */
  #window() {
    const now = Date.now() / 1000;
    const begun = this.#data[0][0] ?? now;
    return [Math.max(now - span, Math.min(begun, now - shortest)), now];
  }

  #size() {
    return { width: Math.max(this.#place.clientWidth, 100), height: Math.max(this.#place.clientHeight, 100) };
  }
}

/**
 * The time of day, where there is room for all of it.
 * @param {uPlot} plot
 * @param {number} tick
 */
function labelOf(plot, tick) {
  const at = plot.valToPos(tick, 'x');
  return at < 8 || at > plot.over.clientWidth - 28 ? '' : new Date(tick * 1000).toLocaleTimeString('en-GB');
}
