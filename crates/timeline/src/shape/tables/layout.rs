//! Which column of a file plays which part, for the reader and the writer alike?

use super::mapping::Table;
use super::template::Template;
use verosim_data::RawTable;

/// What a column is for. A column plays one part: the first that fits in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Subject,
    Visit,
    /// Which column of the code's pattern.
    Code(usize),
    Time,
    End,
    /// A number, or else a text.
    Value,
    Number,
    Text,
    Description,
    /// Travels under its own name.
    Extra,
}

/// The roles of the columns of a file.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) names: Vec<String>,
    pub(super) roles: Vec<Role>,
    /// Columns of instants that stand in for the first.
    pub(super) fallbacks: Vec<usize>,
}

impl Layout {
    pub(super) fn of(table: &Table, names: Vec<String>) -> Self {
        let spec = &table.spec;
        let place = |column: &str| names.iter().position(|name| name.eq_ignore_ascii_case(column));
        let mut roles = vec![Role::Extra; names.len()];
        let mut times = spec.time.iter().filter_map(|column| place(column));
        let main = times.next();
        let fallbacks = times.collect();
        let code = table.code.iter().flat_map(Template::columns);
        let code: Vec<(Option<usize>, Role)> =
            code.enumerate().map(|(at, column)| (place(column), Role::Code(at))).collect();
        let of = |column: &Option<String>, role| (column.as_deref().and_then(place), role);
        let mut wanted = vec![of(&spec.subject, Role::Subject), of(&spec.visit, Role::Visit)];
        wanted.extend(code);
        wanted.extend([
            (main, Role::Time),
            (spec.end.iter().find_map(|column| place(column)), Role::End),
            of(&spec.value, Role::Value),
            of(&spec.number, Role::Number),
            of(&spec.text, Role::Text),
            of(&spec.description, Role::Description),
        ]);
        for (at, role) in wanted {
            if let Some(at) = at.filter(|&at| roles[at] == Role::Extra) {
                roles[at] = role;
            }
        }
        Self { names, roles, fallbacks }
    }

    /// The column of that role.
    pub(super) fn at(&self, role: Role) -> Option<usize> {
        self.roles.iter().position(|known| *known == role)
    }
}

/// The position of a column, ignoring case.
pub(super) fn column(table: &RawTable, name: &str) -> Option<usize> {
    table.columns().iter().position(|column| column.name.eq_ignore_ascii_case(name))
}
