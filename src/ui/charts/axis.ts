/** What all axes of the studio share. */
export const axisProps = (ink: { text: string; axis: string }) => ({
  tick: { fill: ink.text, fontSize: 12 },
  stroke: ink.axis,
  tickLine: false,
  axisLine: { stroke: ink.axis },
});
