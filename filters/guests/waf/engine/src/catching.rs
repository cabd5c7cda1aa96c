//! Which rules need to keep what their patterns catch: those whose chain, or a later one, reads it.
//!
//! Most of CRS's rules say `capture`, and nearly all for their log alone. To catch costs a hundred times what to match does.

use crate::program::{Assignment, Ready, CAPTURES};
use crate::ruleset::Rule;
use crate::target::{From, Select};
use crate::template::{Piece, Template};

/// Take `captures` from the rules that need not.
pub fn spare(rules: &[Rule], made: &mut [Option<Ready>]) {
    let chains = chains(rules);
    let reads =
        |chain: &(usize, usize), made: &[Option<Ready>]| made[chain.0..chain.1].iter().flatten().any(reads_caught);
    let catches =
        |chain: &(usize, usize), made: &[Option<Ready>]| made[chain.0..chain.1].iter().flatten().any(|it| it.captures);
    if chains.iter().any(|chain| reads(chain, made) && !catches(chain, made)) {
        return; // It reads what another chain has caught.
    }
    for chain in &chains {
        let needed = reads(chain, made);
        made[chain.0..chain.1].iter_mut().flatten().for_each(|ready| ready.captures &= needed);
    }
}

/// Return where each chain begins and ends.
fn chains(rules: &[Rule]) -> Vec<(usize, usize)> {
    let heads: Vec<usize> = (0..rules.len()).filter(|&at| rules[at].is_head()).collect();
    let ends = heads.iter().skip(1).copied().chain([rules.len()]);
    heads.iter().copied().zip(ends).collect()
}

fn reads_caught(ready: &Ready) -> bool {
    let is_caught = |slot: usize| slot < CAPTURES.len();
    let names = |template: &Template| {
        template.pieces().iter().any(|piece| matches!(piece, Piece::Tx(slot) if is_caught(*slot)))
    };
    let assigns = |it: &Assignment| names(&it.name) || names(&it.value);
    let looks = ready.targets.iter().any(|target| match (target.from, &target.select) {
        (From::Tx, Select::Slot(slot)) => is_caught(*slot),
        (From::Tx, select) => CAPTURES.iter().any(|name| select.takes(name)),
        _ => false,
    });
    looks || names(&ready.argument) || names(&ready.message) || ready.setvars.iter().any(assigns)
}
