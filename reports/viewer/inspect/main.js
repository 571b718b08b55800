// The views of a capture.

const views = [['#/', 'Connections'], ['#/findings', 'Findings'], ['#/capture', 'Capture']];

const viewOf = (capture, path, parameters) => {
  if (path.startsWith('/f/')) return flowView(capture, decoded(path.slice(3)));
  if (path === '/findings') return findingsView(capture, parameters);
  if (path === '/capture') return captureView(capture);
  return flowsView(capture, parameters);
};

document.body.append(hatchings());
started(prepared, { views, viewOf, pages: '/f/' });
