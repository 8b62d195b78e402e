//! Which source files a result passes through: the modules of this workspace, and the modules that the paths in each
//! lead to. Reads tokens, so that a path in a macro counts, too. Of a type, only its declaration is known.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use offprint::tokens::of_the_program;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path of names from a crate to a module or an item.
type Names = Vec<String>;

/// A module: one file, or braces within one.
#[derive(Default)]
struct Module {
    file: PathBuf,
    children: BTreeSet<String>,
    /// Names imported by `use`, private or re-exported.
    imports: BTreeMap<String, Names>,
    /// Modules imported with `*`.
    globs: Vec<Names>,
    /// Every path in its code, as written.
    paths: Vec<Names>,
    /// The types with methods in this module.
    implements: Vec<Names>,
}

/// The modules of some crates.
#[derive(Default)]
pub struct Modules {
    modules: BTreeMap<Names, Module>,
}

impl Modules {
    /// The modules of the libraries `crates`, each with the folder of its sources below `root`.
    pub fn read(root: &Path, crates: &[(&str, &str)]) -> Self {
        let mut all = Self::default();
        for (name, folder) in crates {
            all.file(root, &vec![(*name).to_owned()], &Path::new(folder).join("lib.rs"), Path::new(folder));
        }
        all
    }

    /// The module in `file`, whose submodules are in `folder`.
    fn file(&mut self, root: &Path, names: &Names, file: &Path, folder: &Path) {
        let text = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let stream: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let own = Module { file: file.to_owned(), ..Module::default() };
        self.modules.insert(names.clone(), own);
        self.tokens(root, names, folder, of_the_program(stream));
    }

    fn tokens(&mut self, root: &Path, names: &Names, folder: &Path, tokens: Vec<TokenTree>) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Ident(word) if word == "mod" => {
                    let Some(TokenTree::Ident(name)) = tokens.get(at) else { continue };
                    let (name, below) = (name.to_string(), [names.clone(), vec![name.to_string()]].concat());
                    self.module(names).children.insert(name.clone());
                    if let Some(TokenTree::Group(body)) = tokens.get(at + 1) {
                        let own = Module { file: self.module(names).file.clone(), ..Module::default() };
                        self.modules.insert(below.clone(), own);
                        self.tokens(root, &below, &folder.join(&name), of_the_program(body.stream()));
                    } else {
                        let parent = self.module(names).file.parent().map(Path::to_owned).unwrap_or_default();
                        let file = path_attribute(&tokens[..at - 1]).map(|path| parent.join(path));
                        let file = file.unwrap_or_else(|| folder.join(format!("{name}.rs")));
                        self.file(root, &below, &file, &folder.join(&name));
                    }
                    at += 2;
                }
                TokenTree::Ident(word) if word == "use" => {
                    let end = tokens[at..].iter().position(|token| is(token, ';')).map_or(tokens.len(), |end| at + end);
                    // A re-export is used where others name it.
                    let passes_on = at > 1 && is_pub(&tokens[..at - 1]);
                    let module = self.module(names);
                    imports(&tokens[at..end], &mut Names::new(), passes_on, module);
                    at = end;
                }
                TokenTree::Ident(word) => {
                    // But not `impl Trait` as a type.
                    if word == "impl" && tokens[..at - 1].last().is_none_or(ends_an_item) {
                        let named = implemented(&tokens[at..]);
                        self.module(names).implements.extend(named);
                    }
                    let mut path = vec![word.to_string()];
                    while let [TokenTree::Punct(_), TokenTree::Punct(_), TokenTree::Ident(next), ..] = &tokens[at..]
                        && is(&tokens[at], ':')
                        && is(&tokens[at + 1], ':')
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    self.module(names).paths.push(path);
                }
                TokenTree::Group(group) => self.tokens(root, names, folder, of_the_program(group.stream())),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn module(&mut self, names: &Names) -> &mut Module {
        self.modules.entry(names.clone()).or_default()
    }

    /// The file of the item that `path` means in the module `names`; none when it is of another crate, or a module.
    fn item(&self, names: &[String], path: &[String], depth: usize) -> Option<&Path> {
        let (first, rest) = path.split_first()?;
        let module = self.modules.get(names).filter(|_| depth < 20)?;
        match first.as_str() {
            "crate" => self.below(&names[..1], rest, depth),
            "self" => self.below(names, rest, depth),
            "super" => self.below(&names[..names.len() - 1], rest, depth),
            _ if module.children.contains(first) || module.imports.contains_key(first) => {
                self.below(names, path, depth)
            }
            _ if self.modules.contains_key(&path[..1]) => self.below(&path[..1], rest, depth),
            _ => None,
        }
    }

    /// The file of the item called `path` within the module `names`.
    fn below(&self, names: &[String], path: &[String], depth: usize) -> Option<&Path> {
        let (first, rest) = path.split_first()?;
        if first == "super" {
            return self.below(&names[..names.len() - 1], rest, depth);
        }
        let module = self.modules.get(names)?;
        // A name may be both a module and an item imported from it.
        if module.children.contains(first) && (!rest.is_empty() || !module.imports.contains_key(first)) {
            return self.below(&[names, &path[..1]].concat(), rest, depth);
        }
        if let Some(import) = module.imports.get(first) {
            return self.item(names, &[import, rest].concat(), depth + 1);
        }
        Some(&module.file)
    }

    /// The files to which the code of each file leads.
    pub fn leads(&self) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
        let mut leads: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        for (names, module) in &self.modules {
            let of_paths = module.paths.iter().filter_map(|path| self.item(names, path, 0));
            let glob = |path: &Names| Some(self.modules.get(&self.absolute(names, path)?)?.file.as_path());
            let to = of_paths.chain(module.globs.iter().filter_map(glob)).filter(|file| *file != module.file);
            leads.entry(module.file.clone()).or_default().extend(to.map(Path::to_owned));
            // Using a type includes its methods, wherever they are.
            for declared in module.implements.iter().filter_map(|path| self.item(names, path, 0)) {
                leads.entry(declared.to_owned()).or_default().insert(module.file.clone());
            }
        }
        leads
    }

    /// The module that `path` means in the module `names`.
    fn absolute(&self, names: &[String], path: &[String]) -> Option<Names> {
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => names[..1].to_vec(),
            "self" => names.to_vec(),
            "super" => names[..names.len() - 1].to_vec(),
            _ if self.modules.get(names)?.children.contains(first) => [names, &path[..1]].concat(),
            _ => path[..1].to_vec(),
        };
        Some([&start, rest].concat())
    }
}

/// The leaves of a `use` declaration, below the path `before`.
fn imports(tokens: &[TokenTree], before: &mut Names, passes_on: bool, module: &mut Module) {
    for leaf in tokens.split(|token| is(token, ',')) {
        let depth = before.len();
        let mut name = None;
        for (at, token) in leaf.iter().enumerate() {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    name = leaf.get(at + 1).map(ToString::to_string);
                    break;
                }
                TokenTree::Ident(word) if word == "self" && at == 0 && depth > 0 => {}
                TokenTree::Ident(word) => before.push(word.to_string()),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                    imports(&inside, before, passes_on, module);
                    name = Some(String::new());
                }
                TokenTree::Punct(sign) if sign.as_char() == '*' => {
                    module.globs.push(before.clone());
                    name = Some(String::new());
                }
                _ => {}
            }
        }
        let name = name.or_else(|| before.last().cloned()).filter(|name| !name.is_empty());
        if let Some(name) = name.filter(|_| !before.is_empty()) {
            if !passes_on {
                module.paths.push(before.clone());
            }
            module.imports.insert(name, before.clone());
        }
        before.truncate(depth);
    }
}

/// The type in the head of an `impl`: the last path before its braces that is not in angle brackets.
fn implemented(tokens: &[TokenTree]) -> Option<Names> {
    let (mut depth, mut path, mut joined) = (0_i32, Names::new(), false);
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
            TokenTree::Punct(sign) if sign.as_char() == '<' => depth += 1,
            TokenTree::Punct(sign) if sign.as_char() == '>' && !(at > 0 && is(&tokens[at - 1], '-')) => depth -= 1,
            TokenTree::Punct(sign) if sign.as_char() == ':' => joined = true,
            TokenTree::Ident(word) if word == "where" => break,
            TokenTree::Ident(word) if depth == 0 => {
                if !joined {
                    path.clear();
                }
                path.push(word.to_string());
                joined = false;
            }
            _ => {}
        }
    }
    Some(path).filter(|path| !path.is_empty())
}

fn ends_an_item(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() != Delimiter::Parenthesis,
        token => is(token, ';'),
    }
}

/// The path of the file in an attribute before `mod`.
fn path_attribute(before: &[TokenTree]) -> Option<String> {
    let attributes =
        before.iter().rev().take_while(|token| !matches!(token, TokenTree::Punct(sign) if sign.as_char() == ';'));
    let mut groups = attributes.filter_map(|token| match token {
        TokenTree::Group(group) => Some(group.stream().into_iter().collect::<Vec<_>>()),
        _ => None,
    });
    groups.find_map(|group| match &group[..] {
        [TokenTree::Ident(word), _, TokenTree::Literal(path)] if word == "path" => {
            Some(path.to_string().trim_matches('"').to_owned())
        }
        _ => None,
    })
}

/// Whether the tokens before `use` end with `pub` or `pub(…)`.
fn is_pub(before: &[TokenTree]) -> bool {
    let word = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "pub");
    match before {
        [.., visible, TokenTree::Group(_)] => word(visible),
        [.., visible] => word(visible),
        [] => false,
    }
}

fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}
