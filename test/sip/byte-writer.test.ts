import { expect } from 'chai';
import { ByteWriter } from '../../packages/sip/src/byte-writer.ts';

describe('messages written piece by piece', () => {
  const written = (writer: ByteWriter, most: number, write: () => void): Uint8Array => {
    writer.begin(most);
    write();
    return writer.end();
  };
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

  it('have latin1 as it came, Unicode as UTF-8 and bytes as they are, short or long', () => {
    const writer = new ByteWriter();
    for (const times of [1, 20]) {
      const [octets, unicode] = ['\xc3\xa9 '.repeat(times), 'é € '.repeat(times)];
      expect(text(written(writer, 1000, () => { writer.latin1(octets); }))).to.equal('é '.repeat(times));
      expect(text(written(writer, 1000, () => { writer.utf8(unicode); }))).to.equal(unicode);
      expect(text(written(writer, 1000, () => { writer.bytes(Buffer.from(unicode), 3, 6); }))).to.equal('€');
    }
  });

  it('stay as they are when others are written, however many and however long', () => {
    const writer = new ByteWriter();
    const texts = Array.from({ length: 200 }, (_, n) => `${n} `.repeat(1 + (n * 97) % 500) + (n % 50 === 0 ? 'x'.repeat(20_000) : ''));
    const messages = texts.map((one) => written(writer, one.length, () => { writer.latin1(one); }));
    expect(messages.map(text)).to.deep.equal(texts);
  });

  it('can have their last part changed', () => {
    const writer = new ByteWriter();
    const message = written(writer, 100, () => {
      writer.latin1('a\n');
      writer.latin1('b\nc\n');
      writer.again(2, (last) => last.replaceAll('\n', '\r\n'));
      writer.latin1('d');
    });
    expect(text(message)).to.equal('a\nb\r\nc\r\nd');
  });
});
