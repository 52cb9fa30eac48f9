import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import '@nksip-ts/event-notifier';
import '@nksip-ts/registrar';
import { expect } from 'chai';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { closeAll, later } from '../wire/running.ts';
import { desk } from './desk.ts';
import { itWithPromtool, promtool } from './promtool.ts';

const folder = join(import.meta.dirname, '../../examples/operations');

interface Dashboard { readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[] }

const dashboard = JSON.parse(readFileSync(join(folder, 'grafana-dashboard.json'), 'utf8')) as Dashboard;
/** As Grafana sends them. */
const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replace(/\$\w+/g, '.*')));
const rules = readFileSync(join(folder, 'alerts.yml'), 'utf8');

describe('what Prometheus and Grafana are given', () => {
  afterEach(closeAll);

  itWithPromtool('promtool takes the alert rules, and each of them fires when it should and not before', () => {
    expect(promtool(['check', 'rules', join(folder, 'alerts.yml')])).to.have.property('code', 0);
    expect(promtool(['test', 'rules', join(folder, 'alerts.test.yml')])).to.have.property('code', 0);
    const tests = readFileSync(join(folder, 'alerts.test.yml'), 'utf8');
    for (const [, name = ''] of rules.matchAll(/alert: (\w+)/g)) expect(tests.split(`alertname: ${name}`), name).to.have.length(3);
  });

  itWithPromtool('promtool takes each expression of the dashboard', () => {
    const to = temporaryFolder('dashboard');
    later(() => { removeFolder(to); });
    expect(expressions).to.have.length.above(30);
    const made = { groups: [{ name: 'dashboard', rules: expressions.map((expr, at) => ({ record: `dashboard:expression${at}`, expr })) }] };
    writeFileSync(join(to, 'rules.yml'), JSON.stringify(made));
    const { code, said } = promtool(['check', 'rules', join(to, 'rules.yml')]);
    expect(code, said).to.equal(0);
    expect(said).to.include(`SUCCESS: ${expressions.length} rules found`);
  });

  it('every metric that they name is there', async () => {
    const one = await desk({ plugins: ['event-compositor', 'event-notifier', 'registrar', 'admin'] });
    const { text } = await one.ask('/metrics');
    const there = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
    const named = [...[...expressions, rules].join('\n').matchAll(/\b(?:nksip|process|nodejs)_\w+/g)].map(([name]) => name.replace(/_bucket$/, ''));
    expect(named.filter((name) => !there.has(name))).to.deep.equal([]);
  });
});
