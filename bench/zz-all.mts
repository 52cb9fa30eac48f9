import { aorKey, aorOf, buildResponse, checkRequest, Framer, Header, parse, parseDeltaSeconds, parseEvent, parseToken } from '@nksip-ts/sip';
import { compare } from './zz-h.mts';
import { HeadScanner } from '../packages/sip/src/head-scanner.ts';
import { defaultLimits } from '../packages/sip/src/limits.ts';
const body='x'.repeat(386);
const ds = Array.from({length:512},(_, i)=>Buffer.from([`PUBLISH sip:u${i+100000}-4242@example.com SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-4242-${i}-0;rport`,
    `From: <sip:u${i+100000}-4242@example.com>;tag=4242f${i}`,`To: <sip:u${i+100000}-4242@example.com>`,`Call-ID: ${i}-4242@127.0.0.1`,
    'CSeq: 1 PUBLISH','Max-Forwards: 70','Event: presence','Expires: 3600','User-Agent: esc-bench','Content-Type: application/pidf+xml','Content-Length: 386','',body].join('\r\n')));
let sink=0;
const read=(i)=>{const r=parse(ds[i]); if(!r.ok) throw new Error(r.reason); return r.message};
const decide=(i)=>{const m=read(i); if(checkRequest(m)!==undefined||m.uri===undefined||m.toTag!=='') throw new Error();
 const v=m.topVia; const e=parseEvent(m.first(Header.Event)??''); const tag=m.first(Header.SipIfMatch);
 sink+=aorKey(aorOf(m.uri)).length+m.fromTag.length+m.callId.length+m.cseq.number+v.branch.length+v.host.length+(v.rport===true?1:0)+e.package.length+parseDeltaSeconds(m.first(Header.Expires)??'')+(tag===undefined?0:1)+m.first(Header.ContentType).length+m.body.length; return m};
const checked=(i)=>{const m=read(i); sink+= checkRequest(m)===undefined?1:0};
const answer=(i)=>{const m=decide(i); sink+=buildResponse({request:m,code:200,reason:'OK',toTag:'0123456789abcdef',topVia:`${m.viaText};received=127.0.0.1`,headers:'Expires: 3600\r\nSIP-ETag: 0123456789abcdef0123456789abcdef\r\n'}).length};
compare({ scanner:(i)=>{const s=new HeadScanner(ds[i],0,ds[i].length,defaultLimits); s.scanStartLine(); s.scanFields(); sink+=s.at}, parse:(i)=>{sink+=read(i).status}, 'parse+check':checked, decide, answer, framer:(i)=>{const f=new Framer(); f.push(ds[i]); sink+=f.next().kind.length} });
console.log('--');
compare({ parse:(i)=>{sink+=read(i).status}, '+via':(i)=>{sink+=read(i).topVia.host.length}, '+from':(i)=>{sink+=read(i).fromTag.length}, '+to':(i)=>{sink+=read(i).toTag.length},
'+cseq':(i)=>{sink+=read(i).cseq.number}, '+uri':(i)=>{sink+=read(i).uri.user.length}, '+callid':(i)=>{sink+=read(i).callId.length}, '+body':(i)=>{sink+=read(i).body.length}, 
'+event':(i)=>{sink+=parseEvent(read(i).first(Header.Event)).package.length},'+all':(i)=>{const m=read(i);sink+=m.topVia.host.length+m.fromTag.length+m.toTag.length+m.cseq.number+m.uri.user.length},
});
