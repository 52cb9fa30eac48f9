import { expect } from 'chai';
import '@nksip-ts/event-compositor';
import { setFlagOptions } from '../../packages/cli/src/config/set-flag.ts';

const set = async (...given: readonly string[]): Promise<unknown> => setFlagOptions({ flags: { set: given }, words: [] }, { plugins: ['event-compositor'] }, []);

describe('--set', () => {
  it('reads numbers, true, false, lists and objects', async () => {
    expect(await set('a=60', 'b=true', 'c=false', 'd=["x", 1]', 'e={"presence": ["*/*"]}'))
      .to.deep.equal({ a: 60, b: true, c: false, d: ['x', 1], e: { presence: ['*/*'] } });
  });

  it('takes anything else as a text, and what is in quotes', async () => {
    expect(await set('a=renew', 'b="1234567890123456"', 'c=', 'd=x=y', 'e=null', 'f=007')).to.deep.equal({ a: 'renew', b: '1234567890123456', c: '', d: 'x=y', e: 'null', f: '007' });
  });

  it('takes a text that looks like something else as a text where the option of core or of a plugin wants one', async () => {
    const secret = '12345678901234567890';
    expect(await set(`sip_event_compositor_secret=${secret}`, 'tls_password=007e1', 'tls_keyfile=true', 'sip_domains=7', 'sip_pass=1234'))
      .to.deep.equal({ sip_event_compositor_secret: secret, tls_password: '007e1', tls_keyfile: 'true', sip_domains: '7', sip_pass: '1234' });
    expect(await set('sip_nonce_timeout=60', 'sip_no_100=true', 'sip_nonce_timeout=-1')).to.deep.equal({ sip_nonce_timeout: -1, sip_no_100: true });
  });

  it('takes plugins with commas between, and needs them', async () => {
    expect(await set('plugins=event-compositor')).to.deep.equal({ plugins: ['event-compositor'] });
    expect(await set('plugins=["event-compositor"]')).to.deep.equal({ plugins: ['event-compositor'] });
    expect(await set('plugins=event-compositor, nosuch').catch((error: unknown) => String(error))).to.include("The plugin 'nosuch' is unknown");
  });

  it('takes the last of two', async () => {
    expect(await set('a=1', 'a=2')).to.deep.equal({ a: 2 });
  });
});
