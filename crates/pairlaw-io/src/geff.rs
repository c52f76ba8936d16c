//! GEFF: graphs of cells in a folder of Zarr, with axes, units and divisions.

mod blosc;
mod zarr;

use std::path::Path;

use serde_json::Value;

use zarr::Store;

use crate::builder::TableBuilder;
use crate::chains::Chains;
use crate::named_columns::Column;
use crate::{Format, IoError, ReadOptions, TrackTable};

/// The table of a folder of GEFF: nodes are rows, edges lead from one to the next.
///
/// # Source
/// The specification of GEFF 1, <https://liveimagetrackingtools.org/geff/>.
pub(crate) fn read(path: &Path, options: &ReadOptions) -> Result<TrackTable, IoError> {
    let store = Store { path };
    let metadata = metadata(&store)?;
    let (ids, shape) = store.array("nodes/ids", None)?;
    let graph = Graph { store: &store, n_nodes: shape[0] };
    let axes = Axes::of(&store, &metadata)?;
    let times = graph.axis(&axes.time)?;
    let positions: Vec<Vec<f64>> =
        axes.space.iter().map(|x| graph.axis(x)).collect::<Result<_, _>>()?;
    let links = graph.links(&ids)?;
    let labels = graph.labels(&metadata, &links)?;
    let chains = Chains::new(&times, links);

    let mut builder = TableBuilder::new(positions.len(), options);
    builder.notes.push(format!(
        "format: GEFF; time is {}, coordinates are {}",
        axes.time.name,
        axes.names()
    ));
    builder.notes.extend(chains.note());
    let ids = chains.ids(|node| Some(labels[node].to_string()));
    let individuals: Vec<u32> = ids.iter().flatten().map(|id| builder.individual(id)).collect();
    let pair = |&(a, b): &(u32, u32)| (individuals[a as usize], individuals[b as usize]);
    builder.divisions = chains.divisions.iter().map(pair).collect();
    let mut position = vec![0.0; positions.len()];
    for (node, &chain) in chains.of_spot.iter().enumerate() {
        for (x, column) in position.iter_mut().zip(&positions) {
            *x = column[node];
        }
        builder.push(individuals[chain as usize], times[node], &position);
    }
    builder.time_is_frames = axes.time.unit.is_empty() || axes.time.unit.starts_with("frame");
    builder.units.time = axes.time.unit;
    builder.units.length = axes.space.into_iter().next().map(|x| x.unit).unwrap_or_default();
    builder.finish(path, Format::Geff, options)
}

/// What `.zattrs` or `zarr.json` says under `geff`.
fn metadata(store: &Store<'_>) -> Result<Value, IoError> {
    let found = match store.json(".zattrs")? {
        Some(attributes) => attributes["geff"].clone(),
        None => {
            store.json("zarr.json")?.map_or(Value::Null, |json| json["attributes"]["geff"].clone())
        }
    };
    if found.is_null() {
        return Err(IoError::Unsupported {
            path: store.path.to_owned(),
            what: "is a folder without the attribute geff".to_owned(),
            way_out: "give a file of tracks, or a folder that GEFF's tools wrote",
        });
    }
    Ok(found)
}

/// A property of nodes that is a time or a coordinate.
struct Axis {
    name: String,
    unit: String,
    scale: f64,
    offset: f64,
}

struct Axes {
    time: Axis,
    space: Vec<Axis>,
}

impl Axes {
    /// Those of the metadata, or properties called t, x, y, z. Spatial axes that end in x, y and z are
    /// put into this order, others stay in theirs.
    fn of(store: &Store<'_>, metadata: &Value) -> Result<Self, IoError> {
        let (mut time, mut space) = (None, Vec::new());
        for axis in metadata["axes"].as_array().into_iter().flatten() {
            match axis["type"].as_str() {
                Some("time") => time = Some(Axis::of(axis)),
                Some("space") => space.push(Axis::of(axis)),
                _ => {}
            }
        }
        if time.is_none() && space.is_empty() {
            let there = |name: &&str| store.has(&format!("nodes/props/{name}/values"));
            time = ["t", "time", "frame"].into_iter().find(there).map(Axis::plain);
            space.extend(["x", "y", "z"].into_iter().filter(there).map(Axis::plain));
        }
        let letter = |axis: &Axis| axis.name.chars().next_back().map(|c| c.to_ascii_lowercase());
        let mut letters: Vec<_> = space.iter().map(letter).collect();
        letters.sort_unstable();
        if letters == [Some('x'), Some('y'), Some('z')][..letters.len().min(3)] {
            space.sort_by_key(letter);
        }
        match time {
            Some(time) if (1..=3).contains(&space.len()) => Ok(Self { time, space }),
            time => Err(store.damaged(
                "axes",
                format!(
                    "{} of time and {} of space are named, not 1 and 1 to 3",
                    usize::from(time.is_some()),
                    space.len()
                ),
            )),
        }
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.space.iter().map(|axis| axis.name.as_str()).collect();
        names.join(", ")
    }
}

impl Axis {
    fn of(json: &Value) -> Self {
        let text = |key: &str| json[key].as_str().map(str::to_owned);
        let scale = json["scale"].as_f64().filter(|scale| scale.is_finite() && *scale > 0.0);
        let scaled_unit = scale.and_then(|_| text("scaled_unit"));
        Self {
            name: text("name").unwrap_or_default(),
            unit: scaled_unit.or_else(|| text("unit")).unwrap_or_default(),
            scale: scale.unwrap_or(1.0),
            offset: json["offset"].as_f64().unwrap_or(0.0),
        }
    }

    fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), unit: String::new(), scale: 1.0, offset: 0.0 }
    }
}

struct Graph<'a> {
    store: &'a Store<'a>,
    n_nodes: usize,
}

impl Graph<'_> {
    /// A number a node, not finite where it is missing.
    fn axis(&self, axis: &Axis) -> Result<Vec<f64>, IoError> {
        let Axis { name, scale, offset, .. } = axis;
        let (column, _) =
            self.store.array(&format!("nodes/props/{name}/values"), Some(self.n_nodes))?;
        let mut values: Vec<f64> =
            (0..self.n_nodes).map(|node| scale * column.number(node) + offset).collect();
        let missing = format!("nodes/props/{name}/missing");
        if self.store.has(&missing) {
            let (column, _) = self.store.array(&missing, Some(self.n_nodes))?;
            for (node, value) in values.iter_mut().enumerate() {
                if column.number(node).abs() > 0.0 {
                    *value = f64::NAN;
                }
            }
        }
        Ok(values)
    }

    /// Edges between indices of nodes.
    fn links(&self, ids: &Column) -> Result<Vec<(u32, u32)>, IoError> {
        let Column::Integers(ids) = ids else {
            return Err(self.store.damaged("nodes/ids", "ids are no whole numbers".to_owned()));
        };
        let mut places: Vec<_> = ids.iter().copied().zip(0_u32..).collect();
        places.sort_unstable();
        let place = |id: i64| {
            let found = places.binary_search_by_key(&id, |&(id, _)| id);
            let problem = || self.store.damaged("edges/ids", format!("there is no node {id}"));
            found.map(|found| places[found].1).map_err(|_| problem())
        };
        if !self.store.has("edges/ids") {
            return Ok(Vec::new());
        }
        let (edges, shape) = self.store.array("edges/ids", None)?;
        let (Column::Integers(edges), Some(2)) = (edges, shape.get(1)) else {
            return Err(self
                .store
                .damaged("edges/ids", format!("the shape {shape:?} is not (edges, 2)")));
        };
        edges.chunks_exact(2).map(|edge| Ok((place(edge[0])?, place(edge[1])?))).collect()
    }

    /// The lineage of each node: as the metadata say, or the connected parts, numbered from 0.
    fn labels(&self, metadata: &Value, links: &[(u32, u32)]) -> Result<Vec<i64>, IoError> {
        if let Some(name) = metadata["track_node_props"]["lineage"].as_str() {
            let values = format!("nodes/props/{name}/values");
            if let (Column::Integers(labels), _) = self.store.array(&values, Some(self.n_nodes))? {
                return Ok(labels);
            }
        }
        let mut root: Vec<u32> = (0..self.n_nodes as u32).collect();
        for &(a, b) in links {
            let (a, b) = (find(&mut root, a), find(&mut root, b));
            root[a.max(b) as usize] = a.min(b);
        }
        let (mut number, mut n) = (vec![-1; self.n_nodes], 0);
        let label = |node: u32| {
            let own = find(&mut root, node) as usize;
            if number[own] < 0 {
                number[own] = n;
                n += 1;
            }
            number[own]
        };
        Ok((0..self.n_nodes as u32).map(label).collect())
    }
}

/// The root of a node, on the way to which every other node is skipped from now on.
fn find(root: &mut [u32], mut node: u32) -> u32 {
    while root[node as usize] != node {
        root[node as usize] = root[root[node as usize] as usize];
        node = root[node as usize];
    }
    node
}
