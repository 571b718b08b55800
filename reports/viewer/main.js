// The address after # says what is shown, so that a view can be sent to somebody.

const views = [['#/', 'Results'], ['#/requirements', 'Requirements'], ['#/timing', 'Timing'], ['#/run', 'Run']];

const viewOf = (run, path, parameters) => {
  if (path.startsWith('/i/')) return instanceView(run, decoded(path.slice(3)));
  if (path === '/requirements') return requirementView(run, parameters);
  if (path === '/timing') return timingView(run);
  if (path === '/run') return aboutView(run);
  return matrixView(run, parameters);
};

const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // somebody cut the address
  }
};

/** Draws what the address says. Back in the matrix, the focus is where it was. */
const show = (run) => {
  const hash = location.hash || '#/';
  const [path, query = ''] = hash.slice(1).split('?');
  const here = path.startsWith('/i/') ? '' : `#${path}`;
  document.querySelector('nav').replaceChildren(...views.map(([href, name]) =>
    el('a', { href: href === '#/' ? show.matrix : href, 'aria-current': href === here ? 'page' : null }, name)));
  const main = document.getElementById('main');
  main.replaceChildren(...present([omissions(run), viewOf(run, path, new URLSearchParams(query))]));
  const cell = show.left && [...main.querySelectorAll('#matrix a')].find((one) => one.getAttribute('href') === show.left);
  if (cell) {
    cell.scrollIntoView({ block: 'center' });
    cell.focus();
  } else {
    scrollTo(0, 0);
    if (show.again) main.focus();
  }
  show.left = path.startsWith('/i/') ? hash : null;
  show.again = true;
};
show.matrix = '#/';

/** What did not fit into this file is said, never just missing. */
const omissions = (run) => ((run.omitted || []).length > 0 ? el('p', { class: 'omitted', id: 'omitted' }, `Left out of this file, which is bounded: ${run.omitted.map((one) => shown(one, 400)).join('; ')}.`) : null);

const keys = (event) => {
  const typing = ['INPUT', 'TEXTAREA', 'SELECT'].includes(event.target.tagName);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/' && !typing) {
    const box = document.getElementById('query');
    if (!box) return;
    event.preventDefault();
    box.focus();
  } else if (event.key === 'Escape' && (location.hash || '').startsWith('#/i/')) {
    location.hash = show.matrix;
  }
};

const begin = async () => {
  const run = indexed(await inflated('data'));
  addEventListener('hashchange', () => show(run));
  addEventListener('keydown', keys);
  show(run);
  document.documentElement.dataset.ready = 'true';
};

begin().catch((error) => {
  document.getElementById('state').append(el('span', { class: 'error' }, ` This report cannot be shown: ${shown(error)}`));
});
