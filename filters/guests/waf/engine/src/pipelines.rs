//! The transformations that rules ask for, as a tree: what two pipelines begin with alike is worked out once.

use waf_transform::Transformation;

/// A place in the tree: what has become of a value after the transformations that lead there.
pub type Node = u16;

#[derive(Default)]
pub struct Pipelines {
    nodes: Vec<(Option<Node>, Transformation)>,
    /// For each pipeline of the blob, the nodes on its way.
    paths: Vec<Vec<Node>>,
}

impl Pipelines {
    /// Numbers of transformations must be known ones.
    pub fn new(pipelines: &[Vec<u8>]) -> Self {
        let mut tree = Pipelines::default();
        for pipeline in pipelines {
            let path = tree.grow(pipeline);
            tree.paths.push(path);
        }
        tree
    }

    fn grow(&mut self, pipeline: &[u8]) -> Vec<Node> {
        let mut path: Vec<Node> = Vec::with_capacity(pipeline.len());
        for transformation in pipeline.iter().copied().filter_map(Transformation::from_number) {
            let step = (path.last().copied(), transformation);
            let known = self.nodes.iter().position(|&node| node == step);
            path.push(known.unwrap_or_else(|| {
                self.nodes.push(step);
                self.nodes.len() - 1
            }) as Node);
        }
        path
    }

    pub fn path(&self, pipeline: usize) -> &[Node] {
        &self.paths[pipeline]
    }

    pub fn transformation(&self, node: Node) -> Transformation {
        self.nodes[node as usize].1
    }

    pub fn count(&self) -> usize {
        self.nodes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_beginnings_are_shared() {
        let tree = Pipelines::new(&[vec![], vec![0, 11], vec![0, 13], vec![11]]);
        assert_eq!(tree.path(0), []);
        assert_eq!(tree.path(1)[0], tree.path(2)[0]);
        assert_eq!(tree.count(), 4);
    }
}
