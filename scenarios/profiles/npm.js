'use strict';
// Loads npm packages from where `ci/targets install` puts them.
const path = require('path');

const modules = path.join(__dirname, '../../build/targets/node_modules');

/** The package and its version; ends the process with a word of advice when it is not installed. */
module.exports = (name) => {
  try {
    const at = { paths: [modules, __dirname] };
    const manifest = path.join(modules, name, 'package.json');
    return { package: require(require.resolve(name, at)), version: require(manifest).version };
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    console.error(`the npm package ${name} is not installed; run: ci/targets install`);
    return process.exit(1);
  }
};
