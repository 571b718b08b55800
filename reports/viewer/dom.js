// Everything that is shown goes through these: attributes and text nodes, never markup.

/** An element. `attributes`: a function is a listener, true an empty attribute, null and false none. */
const el = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);

const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);

const fill = (made, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value !== null && value !== false && value !== undefined) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...present(children));
  return made;
};

const present = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

// Controls, what changes the direction of text, what has no width, tags, and halves of surrogate pairs.
const unshowable = /[\p{Cc}\p{Cs}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]/gu;

/** Text of a peer in one line: what is not seen, or changes how others are seen, stands there as an escape. */
const shown = (text, limit = 300) => {
  const whole = String(text);
  const cut = whole.length > limit;
  const safe = (cut ? whole.slice(0, limit) : whole).replace(unshowable, (c) => `\\u${c.codePointAt(0).toString(16).padStart(4, '0')}`);
  return cut ? `${safe}…` : safe;
};

const number = (value) => (Number.isFinite(value) ? value : 0);

const milliseconds = (value) => {
  const ms = number(value);
  if (ms >= 60000) return `${Math.floor(ms / 60000)} min ${((ms % 60000) / 1000).toFixed(0)} s`;
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(ms < 10 ? 2 : 1)} ms`;
};

const plural = (count, word) => `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;

const headRow = (...names) => el('thead', {}, el('tr', {}, names.map((name) => el('th', { scope: 'col' }, name))));

/** Wide content that scrolls by itself on a narrow screen. */
const scrolling = (label, ...children) => el('div', { class: 'scroll', role: 'region', 'aria-label': label, tabindex: '0' }, children);

/** Takes `text()` to the clipboard and says so; without one it selects `from`, to be copied by hand. */
const copyButton = (name, text, from) => {
  const button = el('button', { type: 'button', class: 'copy', 'aria-label': `copy ${name}` }, 'copy');
  const said = (what) => {
    button.textContent = what;
    setTimeout(() => { button.textContent = 'copy'; }, 1500);
  };
  button.addEventListener('click', () => {
    const byHand = () => {
      if (from) getSelection().selectAllChildren(from);
      said('selected');
    };
    if (navigator.clipboard) navigator.clipboard.writeText(text()).then(() => said('copied'), byHand);
    else byHand();
  });
  return button;
};

/** A line to be taken elsewhere: a command, a filter. */
const copied = (name, text) => {
  const pre = el('pre', { class: 'wrap', tabindex: '0', 'aria-label': name }, shown(text, 4000));
  return el('div', { class: 'copied' }, pre, copyButton(name, () => text, pre));
};

/** A word as a shell reads it. */
const shellWord = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`);
