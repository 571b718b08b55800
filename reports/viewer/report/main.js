// The views of a run.

const views = [['#/', 'Results'], ['#/requirements', 'Requirements'], ['#/timing', 'Timing'], ['#/run', 'Run']];

const viewOf = (run, path, parameters) => {
  if (path.startsWith('/i/')) return instanceView(run, decoded(path.slice(3)));
  if (path === '/requirements') return requirementView(run, parameters);
  if (path === '/timing') return timingView(run);
  if (path === '/run') return aboutView(run);
  return matrixView(run, parameters);
};

started(indexed, { views, viewOf, pages: '/i/' });
