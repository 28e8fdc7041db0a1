// Runs in the page ahead of everything else: notes the page's Long Tasks, those of more than 50 ms, in `window.longTasks`.
// Long Animation Frames name the scripts that ran, which Long Tasks do not; both are told of separately.
{
  globalThis.longTasks = [];
  globalThis.longFrames = [];
  const observe = (type, see) =>
    new globalThis.PerformanceObserver((list) => list.getEntries().forEach(see)).observe({ type, buffered: true });
  observe("longtask", ({ startTime, duration }) => globalThis.longTasks.push({ startTime, duration }));
  observe("long-animation-frame", ({ startTime, duration, scripts }) =>
    globalThis.longFrames.push({
      startTime,
      duration,
      scripts: scripts.map(
        ({ invoker, sourceFunctionName, duration: held }) =>
          `${invoker.replace(/^https?:\/\/[^/]*/, "")} ${sourceFunctionName} ${Math.round(held)} ms`,
      ),
    }),
  );
}
