//! fixproof
