import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { NksipError } from '../../packages/core/src/errors.ts';
import type { TlsOptions } from '../../packages/core/src/transport/transport-options.ts';
import { Authority, type Files } from '../kit/authority.ts';
import { bind, closeAll, type Bench } from './sockets.ts';

const basic: TlsOptions = { selfSigned: true, verify: true, requireClientCertificate: false };

describe('mistakes in tls_* are told with the option and the cure:', () => {
  let authority: Authority;
  let good: Files;
  let locked: Files;
  before(async () => {
    authority = await Authority.make();
    good = await authority.sign(['localhost']);
    locked = await authority.sign(['locked.example'], 'secret');
  });
  after(() => { authority.remove(); });
  afterEach(closeAll);

  const listen = (tls: Partial<TlsOptions>): Promise<Bench> => bind('sips:127.0.0.1:0', { tls: { ...basic, ...tls } });
  /** What is said, the folder of the files left out. */
  const said = async (tls: Partial<TlsOptions>): Promise<string> => {
    try {
      await listen(tls);
      return 'nothing';
    } catch (error) {
      expect(error).to.be.instanceOf(NksipError).with.property('code', 'certificate_failed');
      return (error as NksipError).message.replaceAll(`${authority.path('')}/`, '');
    }
  };
  const file = async (name: string, content: string | Uint8Array): Promise<string> => {
    const path = authority.path(name);
    await writeFile(path, content);
    return path;
  };
  const text = (path: string): Promise<string> => readFile(path, 'latin1');
  const der = async (path: string): Promise<Buffer> => Buffer.from((await text(path)).replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const { privateKey: rsa, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });

  it('no such file, and where relative paths start; a folder', async () => {
    expect(await said({ certfile: authority.path('none.pem') })).to.equal("tls_certfile 'none.pem' cannot be used: there is no such file.");
    expect(await said({ ...good, cafile: 'none.pem' })).to.equal(`tls_cafile 'none.pem' cannot be used: there is no such file in ${process.cwd()}, where relative paths start.`);
    expect(await said({ ...good, keyfile: authority.path('.') })).to.match(/^tls_keyfile '.*' cannot be used: it is a folder: name a file in it\.$/);
  });

  it('an empty file', async () => {
    const certfile = await file('empty.pem', '\n');
    expect(await said({ certfile, keyfile: good.keyfile })).to.equal("tls_certfile 'empty.pem' cannot be used: it is empty.");
    expect(await said({ ...good, keyfile: certfile })).to.equal("tls_keyfile 'empty.pem' cannot be used: it is empty.");
    expect(await said({ ...good, cafile: certfile })).to.equal("tls_cafile 'empty.pem' cannot be used: it is empty.");
  });

  it('DER or PKCS#12 instead of PEM', async () => {
    const cert = await file('cert.der', await der(good.certfile));
    expect(await said({ ...good, certfile: cert })).to.equal("tls_certfile 'cert.der' cannot be used: it is DER, not PEM: 'openssl x509 -inform der -in FILE -out FILE.pem' makes what is needed.");
    expect(await said({ ...good, cafile: cert })).to.contain("tls_cafile 'cert.der'").and.to.contain('openssl x509');
    expect(await said({ ...good, keyfile: await file('key.der', await der(good.keyfile)) })).to.equal("tls_keyfile 'key.der' cannot be used: it is DER, not PEM: 'openssl pkey -inform der -in FILE -out FILE.pem' makes what is needed.");
    const p12 = await file('both.p12', Buffer.from('3082040002010330820300', 'hex'));
    expect(await said({ certfile: p12 })).to.equal("tls_certfile 'both.p12' cannot be used: it is PKCS#12, not PEM: 'openssl pkcs12 -nodes -in FILE -out FILE.pem' makes what is needed.");
  });

  it('no certificate in the file, and no key', async () => {
    expect(await said({ ...good, certfile: await file('words.pem', '0 nonsense') })).to.equal("tls_certfile 'words.pem' cannot be used: it holds no certificate: there is no line '-----BEGIN CERTIFICATE-----'.");
    expect(await said({ certfile: good.keyfile })).to.equal("tls_certfile 'localhost.key.pem' cannot be used: it holds no certificate, but a private key.");
    expect(await said({ certfile: good.certfile })).to.equal("tls_certfile 'localhost.cert.pem' cannot be used: it holds no private key, but a certificate; name the file of the key in tls_keyfile.");
    expect(await said({ ...good, keyfile: await file('public.pem', publicKey) })).to.equal("tls_keyfile 'public.pem' cannot be used: it holds no private key, but a public key.");
    const request = await file('request.pem', '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n');
    expect(await said({ ...good, certfile: request })).to.contain('it holds no certificate, but a certificate request, which an authority has yet to sign');
  });

  it('certificate and key swapped', async () => {
    expect(await said({ certfile: good.keyfile, keyfile: good.certfile }))
      .to.equal("tls_certfile 'localhost.key.pem' cannot be used: it holds the private key, and tls_keyfile 'localhost.cert.pem' the certificate: exchange the two.");
  });

  it('a key that is encrypted, without its password and with a wrong one', async () => {
    expect(await said(locked)).to.equal("tls_keyfile 'locked.examplesecret.key.pem' cannot be used: its key is encrypted: give the password of it in tls_password.");
    expect(await said({ ...locked, password: 'wrong' })).to.equal("tls_keyfile 'locked.examplesecret.key.pem' cannot be used: its key is encrypted, and tls_password does not open it: give the right password.");
    expect(await said({ ...locked, password: 'secret' })).to.equal('nothing');
  });

  it('a key of another certificate, of another type too, and a chain that is the wrong way round', async () => {
    const other = await authority.sign(['other.example']);
    expect(await said({ ...good, keyfile: other.keyfile }))
      .to.equal("tls_keyfile 'other.example.key.pem' cannot be used: its key does not belong to the certificate in tls_certfile 'localhost.cert.pem': give the two that were made together.");
    expect(await said({ ...good, keyfile: await file('rsa.pem', rsa) }))
      .to.equal("tls_keyfile 'rsa.pem' cannot be used: its key does not belong to the certificate in tls_certfile 'localhost.cert.pem' (the key is RSA, the certificate EC): give the two that were made together.");
    const turned = await file('turned.pem', `${await text(authority.cafile)}${await text(good.certfile)}`);
    expect(await said({ ...good, certfile: turned })).to.equal("tls_keyfile 'localhost.key.pem' cannot be used: its key belongs to certificate 2 in tls_certfile 'turned.pem': put that one first, and after it the chain.");
  });

  it('files that are cut off or damaged', async () => {
    const cut = await file('cut.pem', (await text(good.certfile)).slice(0, 300));
    expect(await said({ ...good, certfile: cut })).to.equal("tls_certfile 'cut.pem' cannot be used: a certificate in it is cut off: copy the whole file again.");
    expect(await said({ ...good, cafile: cut })).to.contain("tls_cafile 'cut.pem'").and.to.contain('cut off');
    const damaged = await file('damaged.pem', (await text(good.certfile)).replaceAll('M', 'x'));
    expect(await said({ ...good, certfile: damaged })).to.match(/^tls_certfile 'damaged.pem' cannot be used: certificate 1 in it cannot be read \(.+\): copy the whole file again\.$/);
    expect(await said({ ...good, keyfile: await file('half.pem', (await text(good.keyfile)).slice(0, 100)) })).to.match(/^tls_keyfile 'half.pem' cannot be used: its key cannot be read \(.+\): copy the whole file again\.$/);
  });

  it('a key that is too short for TLS', async () => {
    const { generate } = await import('selfsigned');
    const weak = await generate([{ name: 'commonName', value: 'weak' }], { keySize: 512, algorithm: 'sha256' });
    const certfile = await file('weak.pem', `${weak.cert}\n${weak.private}`);
    expect(await said({ certfile })).to.equal("tls_certfile 'weak.pem' cannot be used: TLS refuses it (ee key too small): have a new one made, with an EC key of P-256 or an RSA key of 2048 bits or more.");
  });

  it('tls_keyfile or tls_password without tls_certfile', async () => {
    expect(await said({ keyfile: good.keyfile })).to.equal('The TLS certificate cannot be used: tls_keyfile is given without tls_certfile, whose key it is for: give that, too, or neither.');
    expect(await said({ password: 'secret' })).to.contain('tls_password is given without tls_certfile').and.not.to.contain('secret');
  });

  it('the same in tls_sni', async () => {
    expect(await said({ ...good, sni: { 'locked.example': locked } })).to.equal("tls_sni['locked.example'].keyfile 'locked.examplesecret.key.pem' cannot be used: its key is encrypted: give the password of it in tls_sni['locked.example'].password.");
    expect(await said({ sni: { 'a.example': { certfile: good.certfile } } })).to.contain("name the file of the key in tls_sni['a.example'].keyfile");
  });

  it('a certificate that has expired, or is not valid yet, is a warning', async () => {
    const day = 24 * 3600_000;
    const over = await authority.sign(['over.example'], undefined, { notBeforeDate: new Date(0), notAfterDate: new Date(1_000_000_000_000) });
    const { warnings } = await listen(over);
    expect(warnings).to.deep.equal([`A certificate in tls_certfile '${over.certfile}' expired at 2001-09-09T01:46:40Z, and whoever verifies it refuses it: have it renewed and replace the file.`]);
    const early = await authority.sign(['early.example'], undefined, { notBeforeDate: new Date(Date.now() + day), notAfterDate: new Date(Date.now() + 2 * day) });
    const bench = await listen({ ...good, sni: { 'early.example': early } });
    expect(bench.warnings.join()).to.match(/^A certificate in tls_sni\['early\.example'\]\.certfile '.+' is not valid before .+Z, and whoever verifies it refuses it: set the clock of this machine, or use another certificate until then\.$/);
    expect((await listen(good)).warnings).to.deep.equal([]);
  });
});
