//! fixproof, the library: scenario files in, an honest verdict out.
//!
//! Three floors: [`model`] and [`clock`] know nobody; [`load`], [`judge`], [`probe`] and [`report`] know only
//! those two and not each other; [`engine`] knows them all but `report`. Nobody looks up a floor.
//! There is no terminal here, nothing prints, and no decision becomes a number: that is the command line's work.

pub mod clock;
pub mod engine;
pub mod judge;
pub mod load;
pub mod model;
pub mod probe;
pub mod report;
