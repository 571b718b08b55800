// The data of the page: base64 of raw deflate. Conversations lie in blocks, inflated only when one is looked at.

const inflated = async (id) => {
  const text = document.getElementById(id).textContent;
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return JSON.parse(await new Response(stream).text());
};

const blocks = new Map();

/** What the block with this number holds. */
const blockOf = (number) => {
  if (!blocks.has(number)) blocks.set(number, inflated(`block-${number}`));
  return blocks.get(number);
};

const grouped = (items, key) => {
  const groups = new Map();
  for (const item of items) {
    const name = key(item);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(item);
  }
  return groups;
};
