import { aorKey, aorOf, checkRequest, Header, parse, parseDeltaSeconds, parseEvent, parseToken } from '@nksip-ts/sip';
import { parseUri } from '/work/main/packages/sip/src/uri.ts';
import { readVia } from '/work/main/packages/sip/src/headers/via.ts';
import { tagAt } from '/work/main/packages/sip/src/headers/name-addr.ts';
import { parseCSeqAt } from '/work/main/packages/sip/src/headers/cseq.ts';
const N=512;
const body='x'.repeat(386);
const ds = Array.from({length:N},(_, i)=>Buffer.from([`PUBLISH sip:u${i+100000}-4242@example.com SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-4242-${i}-0;rport`,
    `From: <sip:u${i+100000}-4242@example.com>;tag=4242f${i}`,`To: <sip:u${i+100000}-4242@example.com>`,`Call-ID: ${i}-4242@127.0.0.1`,
    'CSeq: 1 PUBLISH','Max-Forwards: 70','Event: presence','Expires: 3600','User-Agent: esc-bench','Content-Type: application/pidf+xml','Content-Length: 386','',body].join('\r\n')));
let sink=0;
const ms = ds.map(d=>{const r=parse(d); if(!r.ok) throw 1; return r.message});
const at=(m,id)=>m.find(id,0);
const P=(m,id,f)=>{const a=at(m,id); return f(m.index.text,m.place(a+2),m.place(a+3))};
const pieces={
 nothing:(m)=>{sink+=m.status},
 toString:(m,d)=>{sink+=d.toString('latin1',0,380).length},

 uriSub:(m)=>{sink+=parseUri(m.requestUri).user.length},
 aorKey:(m)=>{sink+=aorKey(aorOf(m.uri)).length},
 via:(m)=>{sink+=P(m,0,readVia).via.host.length},
 from:(m)=>{sink+=P(m,1,tagAt).length},
 to:(m)=>{sink+=P(m,2,tagAt).length},
 cseq:(m)=>{sink+=P(m,4,parseCSeqAt).number},
 event:(m)=>{sink+=parseEvent(m.first(Header.Event)).package.length},
 first:(m)=>{sink+=m.first(Header.Event).length},
 expires:(m)=>{sink+=parseDeltaSeconds(m.first(Header.Expires))},
 maxfwd:(m)=>{sink+=parseDeltaSeconds(m.first(Header.MaxForwards))},
 ct:(m)=>{sink+=m.first(Header.ContentType).length},
 callid:(m)=>{sink+=m.callId.length},
 body:(m)=>{sink+=m.body.length},
 parse:(m,d)=>{sink+=parse(d).message.status},
};
for (const [name,f] of Object.entries(pieces)) {
  const run=(n)=>{const t=process.cpuUsage(); for(let k=0;k<n;k++) for(let i=0;i<N;i++) f(ms[i],ds[i]); const u=process.cpuUsage(t); return (u.user+u.system)*1000/(n*N)};
  run(200); console.log(name.padEnd(10), run(name==='parse'?500:1000).toFixed(0),'ns');
}
