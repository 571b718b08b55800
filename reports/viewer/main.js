// The address after # says what is shown, so that a view can be sent to somebody.

const views = [['#/', 'Results'], ['#/requirements', 'Requirements'], ['#/timing', 'Timing'], ['#/run', 'Run']];

const viewOf = (run, hash) => {
  const [path, query = ''] = hash.replace(/^#/, '').split('?');
  if (path.startsWith('/i/')) return instanceView(run, decodeURIComponent(path.slice(3)));
  if (path === '/requirements') return requirementView(run);
  if (path === '/timing') return timingView(run);
  if (path === '/run') return runView(run);
  return matrixView(run, new URLSearchParams(query).get('q') || '');
};

const show = (run) => {
  const hash = location.hash || '#/';
  const here = hash.startsWith('#/i/') ? '#/' : hash.split('?')[0];
  document.querySelector('nav').replaceChildren(...views.map(([href, name]) =>
    el('a', { href, 'aria-current': href === here && !hash.startsWith('#/i/') ? 'page' : null }, name)));
  const main = document.getElementById('main');
  main.replaceChildren(...viewOf(run, hash));
  if (show.again) main.focus();
  show.again = true;
  scrollTo(0, 0);
};

const begin = async () => {
  const run = indexed(await inflated('data'));
  run.different = findDifferent(run);
  const verdictsAt = new Map();
  for (const result of counted(run)) {
    const key = `${result.instance}@${result.target}`;
    verdictsAt.set(key, [...(verdictsAt.get(key) || []), result.verdict]);
  }
  run.verdictAt = (instance, target) => verdictsAt.get(`${instance}@${target}`) || [];
  addEventListener('hashchange', () => show(run));
  show(run);
  document.documentElement.dataset.ready = 'true';
};

begin().catch((error) => {
  document.getElementById('state').append(el('span', { class: 'error' }, ` This report cannot be shown: ${shown(error)}`));
});
