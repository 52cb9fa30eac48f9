import { defaultLimits, Framer, parse, type Frame, type ParseLimits } from '@nksip-ts/sip';
import { expect } from 'chai';
import { bytesOf, pidf, publishLines, replaced } from './message-text.ts';

const publish = bytesOf(publishLines);

function drain(framer: Framer): Frame[] {
  const frames: Frame[] = [];
  for (let frame = framer.next(); frame !== undefined; frame = framer.next()) frames.push(frame);
  return frames;
}

/** What comes of these bytes in chunks of `size`. */
function framesOf(bytes: Uint8Array, size = bytes.length, limits?: ParseLimits): Frame[] {
  const framer = new Framer(limits);
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    framer.push(bytes.subarray(at, at + size));
    frames.push(...drain(framer));
  }
  return frames;
}

/** `message 437`, `ping` or `broken 400 reason`, one a frame. */
function told(frames: readonly Frame[]): string[] {
  return frames.map((frame) => {
    if (frame.kind === 'message') return `message ${frame.bytes.length}`;
    return frame.kind === 'ping' ? 'ping' : `broken ${frame.code} ${frame.reason}`;
  });
}

function message(index: number): Buffer {
  return bytesOf(replaced(publishLines, 'Call-ID', `Call-ID: m${index}`));
}

describe('Framer', () => {
  it('D19 cuts 50 pipelined messages out of one chunk', () => {
    const messages = Array.from({ length: 50 }, (_, index) => message(index));
    const frames = framesOf(Buffer.concat(messages));
    expect(frames).to.have.length(50);
    frames.forEach((frame, index) => expect(frame.kind === 'message' && Buffer.compare(frame.bytes, messages[index]!)).to.equal(0));
  });

  for (const size of [1, 2, 3, 7, 64, 436, 437, 438, 1000]) {
    it(`D19 cuts the same out of chunks of ${size}`, () => {
      const messages = Array.from({ length: 5 }, (_, index) => message(index));
      const frames = framesOf(Buffer.concat(messages), size);
      expect(frames).to.have.length(5);
      frames.forEach((frame, index) => expect(frame.kind === 'message' && Buffer.compare(frame.bytes, messages[index]!)).to.equal(0));
    });
  }

  it('D19 takes a head that is split at any byte', () => {
    for (let at = 1; at < publish.length; at++) {
      const framer = new Framer();
      framer.push(publish.subarray(0, at));
      expect(framer.next()).to.equal(undefined);
      framer.push(publish.subarray(at));
      expect(told(drain(framer))).to.deep.equal([`message ${publish.length}`]);
    }
  });

  it('D19 never changes the bytes that it has told', () => {
    const framer = new Framer();
    const kept: Uint8Array[] = [];
    const stream = Buffer.concat(Array.from({ length: 40 }, (_, index) => message(index)));
    for (let at = 0; at < stream.length; at += 100) {
      framer.push(stream.subarray(at, at + 100));
      for (const frame of drain(framer)) if (frame.kind === 'message') kept.push(frame.bytes);
    }
    expect(kept).to.have.length(40);
    kept.forEach((bytes, index) => expect(Buffer.compare(bytes, message(index))).to.equal(0));
  });

  it('D24 finds Content-Length in its compact form, folded and in any case', () => {
    for (const line of [`l: ${pidf.length}`, `CONTENT-LENGTH :\r\n\t${pidf.length}`, `content-length:${pidf.length}  `]) {
      const bytes = bytesOf(replaced(publishLines, 'Content-Length', line));
      expect(told(framesOf(bytes, 1)), line).to.deep.equal([`message ${bytes.length}`]);
    }
  });

  it('is not misled by a Content-Length inside another value or in the body', () => {
    const lines = replaced(publishLines, 'Content-Length', 'X: y', ' Content-Length: 3', 'X-Content-Length: 4', `l: ${pidf.length}`);
    const bytes = bytesOf(lines, pidf.replace('presence', 'l: 9'));
    expect(bytesOf(lines).length - bytes.length).to.equal(4);
    const padded = Buffer.concat([bytes, Buffer.from('    ')]);
    expect(told(framesOf(padded, 1))).to.deep.equal([`message ${padded.length}`]);
  });

  it('takes bare LF for line ends, as parse does', () => {
    const bytes = Buffer.from(`${publishLines.join('\n')}\n\n${pidf}`);
    expect(told(framesOf(Buffer.concat([bytes, publish]), 5))).to.deep.equal([`message ${bytes.length}`, `message ${publish.length}`]);
  });

  describe('keep-alives', () => {
    const crlf = (count: number): Buffer => Buffer.from('\r\n'.repeat(count));

    for (const size of [1, 2, 3, 1000]) {
      it(`D22 a CRLFCRLF between messages is a ping, in chunks of ${size}`, () => {
        const stream = Buffer.concat([crlf(2), publish, crlf(2), publish, crlf(1), publish, crlf(3), publish]);
        const one = `message ${publish.length}`;
        expect(told(framesOf(stream, size))).to.deep.equal(['ping', one, 'ping', one, one, 'ping', one]);
      });
    }

    it('D22 as many as stand together are one ping, and each that comes by itself', () => {
      expect(told(framesOf(Buffer.concat([crlf(20_001), publish]), 65_536))).to.deep.equal(['ping', `message ${publish.length}`]);
      expect(told(framesOf(crlf(6), 2))).to.deep.equal(['ping', 'ping', 'ping']);
    });

    it('D22 a CRLFCRLF inside a message is none', () => {
      const body = '\r\n\r\n\r\n\r\n';
      const bytes = bytesOf(replaced(publishLines, 'Content-Length', `l: ${body.length}`), body);
      expect(told(framesOf(bytes, 1))).to.deep.equal([`message ${bytes.length}`]);
    });
  });

  describe('memory', () => {
    /** A chunk as the network gives it: memory of its own. */
    const chunkOf = (...parts: readonly Uint8Array[]): Buffer => {
      const size = parts.reduce((sum, part) => sum + part.length, 0);
      const chunk = Buffer.allocUnsafeSlow(size);
      Buffer.concat(parts).copy(chunk);
      return chunk;
    };
    const many = (size: number): Buffer => Buffer.concat(Array.from({ length: Math.floor(size / publish.length) }, () => publish));

    it('D26 keeps nothing of a chunk that was whole messages and line ends', () => {
      for (const rest of ['', '\r\n', '\r\n\r\n\r\n']) {
        const framer = new Framer();
        framer.push(chunkOf(many(60_000), Buffer.from(rest)));
        drain(framer);
        expect(framer.held).to.equal(0);
      }
    });

    it('D26 a small rest does not keep the chunk that it came in, nor the buffer of the message before it', () => {
      const large = bytesOf(replaced(publishLines, 'Content-Length', 'Content-Length: 100000'), 'x'.repeat(100_000));
      const chunks = [[many(64_000), publish.subarray(0, 10)], [large.subarray(0, 50_000)], [large.subarray(50_000), publish.subarray(0, 10)]];
      for (const start of [0, 1]) {
        const framer = new Framer();
        for (const parts of chunks.slice(start)) {
          framer.push(chunkOf(...parts));
          drain(framer);
          if (parts.length > 1) expect(framer.held).to.be.within(10, 2048);
          if (start === 0) break;
        }
        framer.push(publish.subarray(10));
        expect(told(drain(framer))).to.deep.equal([`message ${publish.length}`]);
      }
    });

    for (const size of [1, 7, 1448, 65_536]) {
      it(`D26 holds no more than twice what came of a message, in chunks of ${size}, whatever its Content-Length announces`, () => {
        const length = 100_000;
        const bytes = bytesOf(replaced(publishLines, 'Content-Length', `Content-Length: ${length}`), 'x'.repeat(length));
        const framer = new Framer();
        for (let at = 0; at < bytes.length; at += size) {
          framer.push(chunkOf(bytes.subarray(at, at + size)));
          const frames = drain(framer);
          const come = Math.min(bytes.length, at + size);
          expect(framer.held).to.be.at.most(come === bytes.length ? 0 : Math.max(2048, 2 * come));
          if (come === bytes.length) expect(frames[0]?.kind === 'message' && frames[0].bytes.buffer.byteLength).to.be.at.most(bytes.length + 65_536);
        }
      });
    }

    it('D26 gives up a message when it is told to, with what is known of its head, and holds nothing then', () => {
      const framer = new Framer();
      framer.push(publish.subarray(0, 300));
      expect(framer.next()).to.equal(undefined);
      const frame = framer.break({ code: 503, reason: 'Service Unavailable' });
      expect(frame).to.deep.include({ kind: 'broken', code: 503, reason: 'Service Unavailable' });
      expect(frame.kind === 'broken' && Buffer.compare(frame.bytes, publish.subarray(0, 300))).to.equal(0);
      framer.push(publish.subarray(300));
      expect([framer.next(), framer.held]).to.deep.equal([undefined, 0]);
    });
  });

  describe('broken streams', () => {
    const broken = (bytes: Uint8Array, limits?: ParseLimits): string[] => {
      const whole = told(framesOf(bytes, bytes.length, limits));
      const bytewise = framesOf(bytes, 1, limits);
      expect(told(bytewise)).to.deep.equal(whole);
      return whole;
    };

    it('D20 a message without Content-Length is 400, with the bytes that tell where to', () => {
      const bytes = bytesOf(replaced(publishLines, 'Content-Length'));
      expect(broken(bytes)).to.deep.equal(['broken 400 Missing Content-Length']);
      const [frame] = framesOf(bytes);
      if (frame?.kind !== 'broken') throw new Error('not broken');
      const result = parse(frame.bytes);
      expect(result.ok && result.message.topVia?.host).to.equal('192.0.2.4');
    });

    it('D20 a Content-Length that is malformed or repeated is 400', () => {
      expect(broken(bytesOf(replaced(publishLines, 'Content-Length', 'l: -5')))).to.deep.equal(['broken 400 Malformed Content-Length']);
      expect(broken(bytesOf([...publishLines, 'l: 5']))).to.deep.equal(['broken 400 Repeated Content-Length']);
    });

    it('D26 a body beyond maxBody is 413 as soon as its length is known', () => {
      const head = bytesOf(replaced(publishLines, 'Content-Length', `l: ${defaultLimits.maxBody + 1}`), '');
      expect(broken(head)).to.deep.equal(['broken 413 Request Entity Too Large']);
      expect(broken(bytesOf(replaced(publishLines, 'Content-Length', `l: ${'9'.repeat(300)}`), ''))).to.deep.equal(['broken 413 Request Entity Too Large']);
    });

    it('D26 a head without end is 513 as soon as it is too long', () => {
      const bytes = Buffer.from(`${publishLines.join('\r\n')}\r\n${'X: y\r\n'.repeat(10_000)}`);
      expect(broken(bytes)).to.deep.equal(['broken 513 Message Too Large']);
      const [frame] = framesOf(bytes);
      expect(frame?.kind === 'broken' && frame.bytes.length).to.equal(defaultLimits.maxHeadBytes);
      const result = parse(frame?.kind === 'broken' ? frame.bytes : publish);
      expect(result.ok || result.message?.topVia?.host).to.equal('192.0.2.4');
    });

    it('D26 a line without end is 414 in a request, 513 in a response', () => {
      expect(broken(Buffer.from(`PUBLISH sip:${'a'.repeat(40_000)}`))).to.deep.equal(['broken 414 Request-URI Too Long']);
      expect(broken(Buffer.from(`SIP/2.0 200 ${'a'.repeat(40_000)}`))).to.deep.equal(['broken 513 Message Too Large']);
    });

    it('D19 D26 a long start line is told the same however it is cut, and within the head there is a way to answer', () => {
      const withUri = (length: number): Buffer => bytesOf([`PUBLISH sip:${'a'.repeat(length)} SIP/2.0`, ...publishLines.slice(1)]);
      const [within, beyond] = [withUri(20_000), withUri(40_000)];
      for (const size of [100, 10_000, beyond.length]) {
        expect(told(framesOf(within, size)), `chunks of ${size}`).to.deep.equal([`message ${within.length}`]);
        expect(told(framesOf(beyond, size)), `chunks of ${size}`).to.deep.equal(['broken 414 Request-URI Too Long']);
      }
      const result = parse(within, defaultLimits, 'stream');
      expect(result.ok || [result.code, result.message?.topVia?.host]).to.deep.equal([414, '192.0.2.4']);
    });

    it('D26 too many fields are 400', () => {
      const bytes = bytesOf([...publishLines, ...Array.from({ length: 300 }, () => 'X: y')]);
      expect(broken(bytes)).to.deep.equal(['broken 400 Too Many Header Fields']);
    });

    it('D26 a message beyond maxBytes is 513', () => {
      expect(broken(publish, { ...defaultLimits, maxBytes: publish.length - 1 })).to.deep.equal(['broken 513 Message Too Large']);
      expect(broken(publish, { ...defaultLimits, maxBytes: publish.length })).to.deep.equal([`message ${publish.length}`]);
    });

    it('stay broken: nothing more is read or kept', () => {
      const framer = new Framer();
      framer.push(bytesOf(replaced(publishLines, 'Content-Length')));
      expect(framer.next()?.kind).to.equal('broken');
      for (let round = 0; round < 3; round++) {
        framer.push(publish);
        expect(framer.next()).to.equal(undefined);
      }
    });
  });
});
