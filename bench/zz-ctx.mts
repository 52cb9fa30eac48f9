import { parse, Header } from '@nksip-ts/sip';
import { compare } from './zz-h.mts';
import { readVia } from '../packages/sip/src/headers/via.ts';
const body='x'.repeat(386);
const ds = Array.from({length:512},(_, i)=>Buffer.from([`PUBLISH sip:u${i+100000}-4242@example.com SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-4242-${i}-0;rport`,
    `From: <sip:u${i+100000}-4242@example.com>;tag=4242f${i}`,`To: <sip:u${i+100000}-4242@example.com>`,`Call-ID: ${i}-4242@127.0.0.1`,
    'CSeq: 1 PUBLISH','Max-Forwards: 70','Event: presence','Expires: 3600','User-Agent: esc-bench','Content-Type: application/pidf+xml','Content-Length: 386','',body].join('\r\n')));
let sink=0; let keep: unknown;
const read=(i)=>{const r=parse(ds[i]); if(!r.ok) throw new Error(r.reason); return r.message};
const texts=ds.map(d=>d.toString('latin1'));
const vs=texts.map(t=>t.indexOf('Via:')+5), ve=texts.map(t=>t.indexOf('\r\nFrom'));
compare({
 'old via':(i)=>{sink+=readVia(texts[i],vs[i],ve[i]).host.length},
 'old via kept':(i)=>{keep=readVia(texts[i],vs[i],ve[i])},
 'old via x2':(i)=>{keep=readVia(texts[i],vs[i],ve[i]);keep=readVia(texts[i],vs[i],ve[i])},
 parse:(i)=>{sink+=read(i).status}, 
 'parse kept':(i)=>{keep=read(i)}, 
 'parse x2':(i)=>{keep=read(i);keep=read((i+1)&511)}, 
 'parse, old via':(i)=>{keep=read(i); keep=readVia(texts[i],vs[i],ve[i])},
 'parse, old via x2':(i)=>{keep=read(i); keep=readVia(texts[i],vs[i],ve[i]);keep=readVia(texts[i],vs[i],ve[i])},
});
