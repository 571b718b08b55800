// Where requirements stand.

/** A reference as a link, where it names a document of the RFC series or the HTML standard. */
const reference = (ref) => {
  const rfc = /RFC (\d+)/.exec(ref);
  const section = /§(\d+(?:\.\d+)*)/.exec(ref);
  const href = rfc ? `https://www.rfc-editor.org/rfc/rfc${rfc[1]}${section ? `#section-${section[1]}` : ''}`
    : /^HTML\b/.test(ref) ? 'https://html.spec.whatwg.org/multipage/server-sent-events.html' : null;
  return href ? el('a', { href, rel: 'noreferrer' }, shown(ref)) : shown(ref);
};

const documentOf = (ref) => (/^RFC \d+/.exec(ref) || /^[^§,]+/.exec(ref) || ['other'])[0].trim().slice(0, 80);

const sectionOf = (ref) => (/§(\d+(?:\.\d+)*)/.exec(ref) || ['', ''])[1];

const inOrder = (a, b) => a.localeCompare(b, 'en', { numeric: true });
