import { expect } from 'chai';
import fc from 'fast-check';
import { orderPlugins } from '../../packages/core/src/plugin/order.ts';
import { faultThrownBy } from '../kit/caught.ts';

interface Named { readonly name: string; readonly plugin_deps: readonly string[] }

/** 'a: b c' is a plugin a that depends on b and c. */
function pluginsOf(text: string): ReadonlyMap<string, Named> {
  return new Map(text.split(',').map((part) => {
    const [name = '', deps = ''] = part.split(':').map((word) => word.trim());
    return [name, { name, plugin_deps: deps.split(' ').filter((dep) => dep !== '') }];
  }));
}

function order(plugins: string, listed: string): string {
  const known = pluginsOf(plugins);
  return orderPlugins(listed.split(' ').flatMap((name) => known.get(name) ?? []), known).map((plugin) => plugin.name).join(' ');
}

describe('the order of plugins', () => {
  for (const [plugins, listed, ordered] of [
    ['a, b, c', 'c a b', 'c a b'],
    ['store: base, base', 'store', 'store base'],
    ['store: base, base', 'base store', 'store base'],
    ['store: base, base, other', 'store other', 'store base other'],
    ['store: base, base, other', 'base other store', 'other store base'],
    ['a: c, b: c, c', 'a b', 'a b c'],
    ['a: b, b: c, c', 'c b a', 'a b c'],
    ['a: b c, b: d, c: d, d', 'a', 'a b c d'],
    ['a, b', 'a b a', 'a b'],
  ] as const) {
    it(`of ${listed}, where ${plugins}, is ${ordered}`, () => { expect(order(plugins, listed)).to.equal(ordered); });
  }

  for (const [plugins, listed, path] of [
    ['a: a', 'a', 'a -> a'],
    ['a: b, b: a', 'a', 'a -> b -> a'],
    ['a: b, b: c, c: a', 'b', 'b -> c -> a -> b'],
    ['x: a, a: b, b: c, c: b', 'x', 'b -> c -> b'],
    ['x, a: b, b: a', 'x a', 'a -> b -> a'],
  ] as const) {
    it(`refuses the circle ${path}, printing the path`, () => {
      const error = faultThrownBy(() => order(plugins, listed));
      expect(error.code).to.equal('plugin_cycle');
      const given = error.details['path'];
      expect(turned(Array.isArray(given) ? given.map(String) : [])).to.deep.equal(turned(path.split(' -> ')));
      expect(error.message).to.include(Array.isArray(given) ? given.join(' -> ') : path);
    });
  }

  it('names both the plugin that is missing and the one that needs it', () => {
    const error = faultThrownBy(() => order('a: b, b: nobody', 'a'));
    expect(error.code).to.equal('unknown_plugin');
    expect(error.message).to.include("'nobody', which 'b' depends on");
  });

  it('puts dependents first and leaves nobody out, whatever the dependencies', () => {
    const graph = fc.array(fc.array(fc.nat({ max: 7 }), { maxLength: 3 }), { minLength: 1, maxLength: 8 });
    fc.assert(fc.property(graph, (edges) => {
      // Only towards higher numbers: no circle.
      const plugins = edges.map((deps, at): Named => ({ name: `p${at}`, plugin_deps: deps.filter((dep) => dep > at && dep < edges.length).map((dep) => `p${dep}`) }));
      const ordered = orderPlugins([...plugins].reverse(), new Map(plugins.map((plugin) => [plugin.name, plugin]))).map((plugin) => plugin.name);
      expect([...ordered].sort()).to.deep.equal(plugins.map((plugin) => plugin.name).sort());
      for (const { name, plugin_deps } of plugins) for (const dep of plugin_deps) expect(ordered.indexOf(name)).to.be.below(ordered.indexOf(dep));
    }));
  });
});

/** A circle may be told from any of its members. */
function turned(path: readonly string[]): readonly string[] {
  const members = path.slice(0, -1);
  const at = members.indexOf([...members].sort()[0] ?? '');
  return [...members.slice(at), ...members.slice(0, at)];
}
