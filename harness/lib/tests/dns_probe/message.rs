//! Messages of DNS, byte by byte: the probe's own library has no part in what the tests send.

pub(crate) const A: u16 = 1;
pub(crate) const NS: u16 = 2;
pub(crate) const CNAME: u16 = 5;
pub(crate) const SOA: u16 = 6;
pub(crate) const TXT: u16 = 16;
pub(crate) const AAAA: u16 = 28;

pub(crate) const FORMERR: u16 = 1;
pub(crate) const SERVFAIL: u16 = 2;
pub(crate) const NXDOMAIN: u16 = 3;
pub(crate) const NOTIMP: u16 = 4;
pub(crate) const REFUSED: u16 = 5;

/// The flags a resolver that looks names up for others answers with: QR, RD, RA.
const RESOLVER: u16 = 0x8180;
/// TC.
const CUT: u16 = 0x0200;
/// RA.
const RECURSION: u16 = 0x0080;

/// An answer in the making.
#[derive(Clone)]
pub(crate) struct Reply {
    id: [u8; 2],
    flags: u16,
    question: Vec<u8>,
    answers: Vec<Vec<u8>>,
    authority: Vec<Vec<u8>>,
}

impl Reply {
    /// To a query, with its id and its question.
    pub(crate) fn to(query: &[u8]) -> Reply {
        let question = query[12..end_of_question(query)].to_vec();
        Reply { id: [query[0], query[1]], flags: RESOLVER, question, answers: vec![], authority: vec![] }
    }

    pub(crate) fn code(mut self, code: u16) -> Reply {
        self.flags |= code;
        self
    }

    pub(crate) fn cut(mut self) -> Reply {
        self.flags |= CUT;
        self
    }

    pub(crate) fn without_recursion(mut self) -> Reply {
        self.flags &= !RECURSION;
        self
    }

    pub(crate) fn another_id(mut self) -> Reply {
        self.id[0] ^= 0x55;
        self
    }

    pub(crate) fn asked(mut self, name: &str, kind: u16) -> Reply {
        self.question = [name_bytes(name), kind.to_be_bytes().to_vec(), vec![0, 1]].concat();
        self
    }

    pub(crate) fn answer(mut self, record: Vec<u8>) -> Reply {
        self.answers.push(record);
        self
    }

    pub(crate) fn authority(mut self, record: Vec<u8>) -> Reply {
        self.authority.push(record);
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let count = |list: &[Vec<u8>]| u16::try_from(list.len()).unwrap().to_be_bytes().to_vec();
        let head = [
            self.id.to_vec(),
            self.flags.to_be_bytes().to_vec(),
            vec![0, 1],
            count(&self.answers),
            count(&self.authority),
            vec![0, 0],
            self.question.clone(),
        ];
        [head.concat(), self.answers.concat(), self.authority.concat()].concat()
    }
}

fn end_of_question(query: &[u8]) -> usize {
    let mut at = 12;
    while query[at] != 0 {
        at += usize::from(query[at]) + 1;
    }
    at + 5
}

/// What a query asks for: the name with its last dot, and the kind of record.
pub(crate) fn asked(query: &[u8]) -> (String, u16) {
    let (mut at, mut name) = (12, String::new());
    while query[at] != 0 {
        let length = usize::from(query[at]);
        name.push_str(std::str::from_utf8(&query[at + 1..=at + length]).unwrap());
        name.push('.');
        at += length + 1;
    }
    (name, u16::from_be_bytes([query[at + 1], query[at + 2]]))
}

/// Does a query speak EDNS?
pub(crate) fn has_edns(query: &[u8]) -> bool {
    query[11] == 1
}

fn name_bytes(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

pub(crate) fn record(name: &str, kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    record_of_class(name, kind, 1, ttl, data)
}

pub(crate) fn record_of_class(name: &str, kind: u16, class: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [
        name_bytes(name),
        kind.to_be_bytes().to_vec(),
        class.to_be_bytes().to_vec(),
        ttl.to_be_bytes().to_vec(),
        length.to_be_bytes().to_vec(),
        data.to_vec(),
    ]
    .concat()
}

pub(crate) fn a(name: &str, last: u8) -> Vec<u8> {
    record(name, A, 60, &[192, 0, 2, last])
}

pub(crate) fn cname(name: &str, target: &str) -> Vec<u8> {
    record(name, CNAME, 50, &name_bytes(target))
}

pub(crate) fn ns(zone: &str, server: &str) -> Vec<u8> {
    record(zone, NS, 40, &name_bytes(server))
}

pub(crate) fn soa(zone: &str, ttl: u32, minimum: u32) -> Vec<u8> {
    let numbers = [1u32, 2, 3, 4, minimum].map(u32::to_be_bytes).concat();
    record(zone, SOA, ttl, &[name_bytes("ns.test"), name_bytes("root.test"), numbers].concat())
}
