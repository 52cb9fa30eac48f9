import { expect } from 'chai';
import sinon from 'sinon';
import { ServiceEvents } from '../../packages/core/src/events.ts';
import { PluginEvents } from '../../packages/core/src/plugin/events.ts';
import { silentLogger } from '../kit/loggers.ts';


describe('events of a service as a plugin sees them', () => {
  const stopped = { service: 's' };
  let service: ServiceEvents;
  let events: PluginEvents;
  beforeEach(() => {
    service = new ServiceEvents(silentLogger);
    events = new PluginEvents(service);
  });

  it('are those of the service, both ways', () => {
    const [heard, told] = [sinon.spy(), sinon.spy()];
    events.on('stopped', heard);
    service.on('stopped', told);
    expect([service.emit('stopped', stopped), events.emit('stopped', stopped), events.listenerCount('stopped')]).to.deep.equal([true, true, 2]);
    sinon.assert.calledTwice(heard);
    sinon.assert.alwaysCalledWithExactly(told, stopped);
  });

  it('off takes one listener off, or all of the plugin; close all that is left, and nobody else\'s', () => {
    const [first, second, foreign] = [sinon.spy(), sinon.spy(), sinon.spy()];
    service.on('stopped', foreign).on('stopped', first);
    events.on('stopped', first).on('stopped', second).once('stopped', foreign);
    events.off('stopped', first);
    expect(service.listenerCount('stopped')).to.equal(4);
    events.off('stopped');
    expect(service.listenerCount('stopped')).to.equal(2);
    events.on('error', first).on('stopped', second);
    events.close();
    expect([service.listenerCount('stopped'), service.listenerCount('error')]).to.deep.equal([2, 0]);
  });

  it('once comes once', () => {
    const listener = sinon.spy();
    events.once('stopped', listener);
    service.emit('stopped', stopped);
    service.emit('stopped', stopped);
    sinon.assert.calledOnceWithExactly(listener, stopped);
    expect(service.listenerCount('stopped')).to.equal(0);
  });
});
