import { expect } from 'chai';
import sinon from 'sinon';
import { NksipError } from '../../packages/core/src/errors.ts';
import { ServiceEvents } from '../../packages/core/src/events.ts';
import type { Logger } from '../../packages/core/src/log/log.ts';

const started = { service: 's', addresses: [] };

function watched(): { readonly events: ServiceEvents; readonly error: sinon.SinonSpy } {
  const error = sinon.spy();
  const log: Logger = { level: 'error', isLevelEnabled: () => true, debug: () => {}, info: () => {}, warn: () => {}, error };
  return { events: new ServiceEvents(log), error };
}

describe('events of a service', () => {
  it('reach every listener, though one throws; that is logged', () => {
    const { events, error } = watched();
    const heard: string[] = [];
    events.on('started', () => { heard.push('first'); });
    events.on('started', () => { throw new Error('clumsy'); });
    events.on('started', (event) => { heard.push(event.service); });
    expect(events.emit('started', started)).to.equal(true);
    expect(heard).to.deep.equal(['first', 's']);
    sinon.assert.calledOnceWithMatch(error, { event: 'started', err: sinon.match.instanceOf(Error) }, "A listener of 'started' failed: clumsy");
  });

  it('survive a listener that rejects', async () => {
    const { events, error } = watched();
    events.on('stopped', async () => { await Promise.reject(new Error('later')); });
    events.emit('stopped', { service: 's' });
    await new Promise(setImmediate);
    sinon.assert.calledOnceWithMatch(error, { event: 'stopped' }, "A listener of 'stopped' failed: later");
  });

  it('survive a listener of error that throws, and an error that nobody listens to', () => {
    const { events, error } = watched();
    const fault = { service: 's', error: new NksipError('internal', { reason: 'x' }) };
    expect(events.emit('error', fault)).to.equal(false);
    events.on('error', () => { throw new Error('again'); });
    expect(events.emit('error', fault)).to.equal(true);
    sinon.assert.calledOnce(error);
  });

  it('come once to a listener that asked for one, also when it throws', () => {
    const { events, error } = watched();
    const listener = sinon.stub().throws(new Error('once'));
    events.once('started', listener);
    events.emit('started', started);
    events.emit('started', started);
    sinon.assert.calledOnceWithExactly(listener, started);
    sinon.assert.calledOnce(error);
  });

  it('no longer come to a listener that was taken off, by whichever name', () => {
    const { events } = watched();
    const listener = sinon.spy();
    for (const [add, remove] of [['on', 'off'], ['addListener', 'removeListener'], ['once', 'off'], ['once', 'removeListener']] as const) {
      events[add]('started', listener);
      expect(events.listenerCount('started')).to.equal(1);
      events[remove]('started', listener);
      expect(events.listenerCount('started')).to.equal(0);
    }
    events.on('started', listener).on('stopped', listener).off('started');
    events.emit('started', started);
    sinon.assert.notCalled(listener);
    events.emit('stopped', { service: 's' });
    sinon.assert.calledOnce(listener);
  });

  it('come with the context that was given', () => {
    const { events } = watched();
    const context = { name: 'mine' };
    const listener = sinon.spy();
    events.on('started', listener, context);
    events.emit('started', started);
    sinon.assert.calledOn(listener, context);
  });
});
