// The frame around all views. The address after # says what is shown, so that a view can be sent to somebody.

/** `home`: the address of the first view as it was left. */
const shell = { home: '#/', left: null, again: false };

const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // somebody cut the address
  }
};

/** What did not fit into this file is said, never just missing. */
const omissions = (data) => ((data.omitted || []).length > 0 ? el('p', { class: 'omitted', id: 'omitted' }, `Left out of this file, which is bounded: ${data.omitted.map((one) => shown(one, 400)).join('; ')}.`) : null);

/** Draws what the address says. Back in a list, the focus is where it was. */
const show = (data, { views, viewOf, pages }) => {
  const hash = location.hash || '#/';
  const [path, query = ''] = hash.slice(1).split('?');
  const isPage = path.startsWith(pages);
  const here = isPage ? '' : `#${path}`;
  document.querySelector('nav').replaceChildren(...views.map(([href, name]) =>
    el('a', { href: href === '#/' ? shell.home : href, 'aria-current': href === here ? 'page' : null }, name)));
  const main = document.getElementById('main');
  main.replaceChildren(...present([omissions(data), viewOf(data, path, new URLSearchParams(query))]));
  const link = shell.left && [...main.querySelectorAll('table a')].find((one) => one.getAttribute('href') === shell.left);
  if (link && !isPage) {
    link.scrollIntoView({ block: 'center' });
    link.focus();
  } else {
    scrollTo(0, 0);
    if (shell.again) main.focus();
  }
  shell.left = isPage ? hash : null;
  shell.again = true;
};

const keys = (pages) => (event) => {
  const typing = ['INPUT', 'TEXTAREA', 'SELECT'].includes(event.target.tagName);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/' && !typing) {
    const box = document.getElementById('query');
    if (!box) return;
    event.preventDefault();
    box.focus();
  } else if (event.key === 'Escape' && (location.hash || '').startsWith(`#${pages}`)) {
    location.hash = shell.home;
  }
};

/** `views`: addresses and names of the views; `viewOf` draws one; below `pages` lie those that one goes back from. */
const begin = async (prepared, settings) => {
  const data = prepared(await inflated('data'));
  addEventListener('hashchange', () => show(data, settings));
  addEventListener('keydown', keys(settings.pages));
  show(data, settings);
  document.documentElement.dataset.ready = 'true';
};

const started = (prepared, settings) => begin(prepared, settings).catch((error) => {
  document.getElementById('state').append(el('span', { class: 'error' }, ` This report cannot be shown: ${shown(error)}`));
});
