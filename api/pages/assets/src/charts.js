// Charts over the tables that the page already holds: the numbers are the server's, this only draws them.
import { BarChart, HeatmapChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  BarChart,
  HeatmapChart,
  LineChart,
  PieChart,
  AriaComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapComponent,
  SVGRenderer,
]);

const DRAW = { bars: barOption, lines: lineOption, heat: heatOption, pie: pieOption };

/** Draws what the element's JSON block says: `{kind, label, …}`. */
export function drawChart(element) {
  const data = JSON.parse(document.getElementById(element.dataset.chart).textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chart = init(element, null, { renderer: "svg" });
  const draw = () => chart.setOption({ ...base(data), ...DRAW[data.kind](data) }, true);
  draw();
  dark.addEventListener("change", draw);
  new ResizeObserver(() => chart.resize()).observe(element);
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function base(data) {
  return {
    animation: false,
    color: [colour("--green"), colour("--gold"), colour("--muted")],
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("--ink") },
    aria: { enabled: true, label: { description: data.label } },
    // Drawn in the picture, not as HTML: the page's security policy allows no inline styles.
    tooltip: { renderMode: "richText", trigger: "axis", confine: true },
    grid: { left: 8, right: 12, top: 16, bottom: 8, containLabel: true },
  };
}

function axis(values) {
  return {
    type: "category",
    data: values,
    axisLine: { lineStyle: { color: colour("--line") } },
    axisTick: { show: false },
    axisLabel: { color: colour("--soft"), hideOverlap: true },
  };
}

function amounts() {
  return {
    type: "value",
    minInterval: 1,
    splitLine: { lineStyle: { color: colour("--line") } },
    axisLabel: { color: colour("--soft") },
  };
}

function barOption(data) {
  const bars = (one) => ({ type: "bar", name: one.name, data: one.values, barMaxWidth: 28, itemStyle: { borderRadius: 3 } });
  return { xAxis: axis(data.labels), yAxis: amounts(), series: data.series.map(bars), ...legend(data) };
}

function lineOption(data) {
  const line = (one) => ({ type: "line", name: one.name, data: one.values, symbolSize: 5 });
  return { xAxis: axis(data.labels), yAxis: amounts(), series: data.series.map(line), ...legend(data) };
}

function legend(data) {
  if (data.series.length < 2) return {};
  return {
    legend: { top: 0, left: 0, textStyle: { color: colour("--ink") }, itemWidth: 14, itemHeight: 10 },
    grid: { left: 8, right: 12, top: 40, bottom: 8, containLabel: true },
  };
}

function heatOption(data) {
  return {
    tooltip: { renderMode: "richText", confine: true },
    xAxis: axis(data.columns),
    yAxis: { ...axis(data.rows), inverse: true },
    visualMap: {
      min: 0,
      max: Math.max(1, ...data.cells.map((cell) => cell[2])),
      show: false,
      inRange: { color: [colour("--wash"), colour("--green")] },
    },
    series: [{ type: "heatmap", name: data.label, data: data.cells, itemStyle: { borderColor: colour("--paper"), borderWidth: 2 } }],
  };
}

function pieOption(data) {
  return {
    tooltip: { renderMode: "richText", trigger: "item", confine: true },
    series: [
      {
        type: "pie",
        radius: ["42%", "72%"],
        data: data.slices,
        label: { color: colour("--ink"), formatter: ({ name, value, percent }) => `${name}\n${value} (${Math.round(percent)}%)` },
        itemStyle: { borderColor: colour("--paper"), borderWidth: 2 },
      },
    ],
  };
}
