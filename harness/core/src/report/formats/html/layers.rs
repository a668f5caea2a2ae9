//! Which component stands above which: those that depend on others above them, however they are tangled.

/// A graph laid out in layers. Nodes from `real` on are bends of edges that cross a layer.
pub(super) struct Layers {
    /// The nodes of each layer, from left to right.
    pub(super) rows: Vec<Vec<usize>>,
    /// How many nodes are no bends.
    pub(super) real: usize,
    /// Every edge as the nodes it goes through, from the dependent to what it needs.
    pub(super) ways: Vec<Vec<usize>>,
}

/// Lays out `count` nodes with edges from dependents to what they need. An edge to itself is left out; one that closes
/// a circle goes upwards.
pub(super) fn layers(count: usize, edges: &[(usize, usize)]) -> Layers {
    let depth = depths(count, edges);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); depth.iter().max().map_or(0, |most| most + 1)];
    (0..count).for_each(|node| rows[depth[node]].push(node));
    let (mut ways, mut next) = (Vec::new(), count);
    for &(from, to) in edges.iter().filter(|(from, to)| from != to) {
        let mut way = vec![from];
        for row in rows.iter_mut().take(depth[to]).skip(depth[from] + 1) {
            row.push(next);
            way.push(next);
            next += 1;
        }
        way.push(to);
        ways.push(way);
    }
    let mut layers = Layers { rows, real: count, ways };
    layers.untangle(next);
    layers
}

/// How deep each node lies: one below the deepest that needs it. Of a circle, whoever comes first lies highest.
fn depths(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut depth = vec![0; count];
    let mut waiting: Vec<usize> =
        (0..count).map(|node| edges.iter().filter(|(from, to)| *to == node && from != to).count()).collect();
    let mut done = vec![false; count];
    for _ in 0..count {
        let free = (0..count).find(|&node| !done[node] && waiting[node] == 0);
        let Some(node) = free.or_else(|| (0..count).find(|&node| !done[node])) else { break };
        done[node] = true;
        for &(from, to) in edges {
            if from == node && !done[to] {
                depth[to] = depth[to].max(depth[node] + 1);
                waiting[to] = waiting[to].saturating_sub(1);
            }
        }
    }
    depth
}

impl Layers {
    /// Orders every layer by where its neighbours stand, some times down and up, so that fewer edges cross.
    fn untangle(&mut self, nodes: usize) {
        let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); nodes];
        for pair in self.ways.iter().flat_map(|way| way.windows(2)) {
            neighbours[pair[0]].push(pair[1]);
            neighbours[pair[1]].push(pair[0]);
        }
        let mut place = vec![0.0f64; nodes];
        for round in 0..6 {
            let order: Vec<usize> = if round % 2 == 0 {
                (0..self.rows.len()).collect()
            } else {
                (0..self.rows.len()).rev().collect()
            };
            self.remember(&mut place);
            for row in order {
                let middle = |node: &usize| {
                    let near = &neighbours[*node];
                    #[expect(clippy::cast_precision_loss, reason = "a handful of components")]
                    let many = near.len() as f64;
                    if near.is_empty() {
                        place[*node]
                    } else {
                        near.iter().map(|n| place[*n]).sum::<f64>() / many
                    }
                };
                let mut keyed: Vec<(f64, usize)> =
                    self.rows[row].iter().map(|node| (middle(node), *node)).collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                self.rows[row] = keyed.into_iter().map(|(_, node)| node).collect();
                self.remember(&mut place);
            }
        }
    }

    /// Each node's place in its row, the rows centred.
    fn remember(&self, place: &mut [f64]) {
        for row in &self.rows {
            for (index, node) in row.iter().enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "a handful of components")]
                let at = index as f64 - row.len() as f64 / 2.0;
                place[*node] = at;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_stands_below_and_an_edge_bends_where_it_crosses_a_layer() {
        let laid = layers(4, &[(0, 1), (1, 2), (0, 2), (3, 3)]);
        assert_eq!(laid.rows.len(), 3);
        assert!(laid.rows[0].contains(&0) && laid.rows[1].contains(&1) && laid.rows[2].contains(&2));
        assert_eq!(laid.ways, [vec![0, 1], vec![1, 2], vec![0, 4, 2]]);
        assert!(laid.rows[1].contains(&4), "the bend");
    }

    #[test]
    fn a_circle_ends() {
        let laid = layers(3, &[(0, 1), (1, 2), (2, 0)]);
        assert_eq!(laid.rows, [vec![0], vec![1], vec![2]]);
        assert_eq!(laid.ways, [vec![0, 1], vec![1, 2], vec![2, 0]]);
        assert!(layers(0, &[]).rows.is_empty());
    }

    #[test]
    fn edges_that_would_cross_are_untangled() {
        let laid = layers(4, &[(0, 3), (1, 2)]);
        let at = |node| laid.rows.iter().flatten().position(|n| *n == node).unwrap();
        assert_eq!(at(0) < at(1), at(3) < at(2), "{:?}", laid.rows);
    }
}
